import type { CountOptions, Query, What } from '../api.js';
import type { PlainError } from '../error.js';
import type { Files } from '../host/files.js';
import type { ModuleOptions } from '../wasm-module/fetch.js';
import type { OpenOptions } from '../host/open.js';
import type { Signature } from '../signature.js';
import type { SqlOptions } from '../sql/session.js';

/** What passes to the worker: everything but functions and signals. */
export type Portable<T> = Omit<T, 'fetch' | 'signal'>;

/** What an open release is asked. */
export type Question =
  | { do: 'json'; what: What; query?: Query; options: Portable<CountOptions> }
  | { do: 'dictionary'; dimension: string }
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

/** What the page sends: a numbered request, the end of one, or the module that `load` waits for: nothing if the page could not compile it. */
export type Message = { call: number; request: Request } | { cancel: number } | { module: WebAssembly.Module | undefined };

/** What the worker sends. */
export type Reply =
  | { call: number; value: unknown }
  | { call: number; error: PlainError }
  /** It ended because it was cancelled. */
  | { call: number; aborted: true }
  /** It was received that a call is cancelled. */
  | { cancelled: number };
