import type { CountOptions, Query, What } from './api.js';
import type { PlainError } from './error.js';
import type { Files } from './files.js';
import type { ModuleOptions } from './code.js';
import type { OpenOptions } from './open.js';
import type { Signature } from './signature.js';
import type { SqlOptions } from './sql-session.js';

/** What passes to the worker: everything but functions and signals. */
export type Portable<T> = Omit<T, 'fetch' | 'signal'>;

/** What an open release is asked. */
export type Question =
  | { do: 'json'; what: What; query?: Query; options: Portable<CountOptions> }
  | { do: 'sql'; as: 'rows' | 'arrow' | 'parquet'; statement: string };

/** What the worker is asked. */
export type Request =
  | { do: 'open'; release: number; from: string | Files; options: Portable<OpenOptions & ModuleOptions & SqlOptions> }
  | (Question & { release: number })
  | { do: 'dispose'; release: number }
  | { do: 'parse' | 'print'; query: Query; options: Portable<ModuleOptions> }
  | { do: 'load'; options: Portable<ModuleOptions> }
  | { do: 'memory' };

/** What an opened release says of itself. */
export interface Opened {
  id: string;
  signature: Signature | undefined;
}

/** A numbered request, the end of one, or the module that `load` waits for: nothing if the page could not compile it. */
export type Letter = { call: number; request: Request } | { cancel: number } | { module: WebAssembly.Module | undefined };

/** What the worker says. */
export type Reply =
  | { call: number; value: unknown }
  | { call: number; error: PlainError }
  /** It ended because it was told to. */
  | { call: number; aborted: true }
  /** That a call was cancelled has been heard. */
  | { heard: number };
