import type { AskOptions } from './api.js';
import type { Files } from './host/files.js';
import type { SqlOptions, SqlRow } from './sql/session.js';
import { WorkerRelease, type WorkerOptions } from './worker/release.js';

export type { AskOptions, CountOptions, Query, SignalOptions, UnknownCodes, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export { dropped, type Files } from './host/files.js';
export type { Argument, Catalogue, Message } from './messages/message.js';
export type { SqlOptions, SqlRow, SqlValue } from './sql/session.js';
export type { WorkerOptions } from './worker/release.js';
export { fold, SearchIndex, type Found, type SearchOptions } from './search.js';
export type { Signature } from './signature.js';
export type * from './types.js';

/** How a release is opened in a worker that is asked in SQL too. */
export type SqlWorkerOptions = WorkerOptions & SqlOptions;

/** Written so that bundlers see it: a literal address and literal options. */
const create = (): Worker => new Worker(new URL('./sql-worker-entry.js', import.meta.url), { type: 'module' });

/** A release, asked in a worker, in SQL too: the page stays free. */
export class Release extends WorkerRelease {
  /** Opens a release by its address, or from files that were chosen or dropped. */
  static async open(release: string | URL | Files, options: SqlWorkerOptions = {}): Promise<Release> {
    return (await this.start(create, release, options)) as Release;
  }

  /**
   * The rows of one statement that only reads: tables `cells_*` and `dimensions`, and answers as `cohort('query')`. The SQL module
   * is loaded when the first statement comes.
   */
  async sql(statement: string, { signal }: AskOptions = {}): Promise<SqlRow[]> {
    return JSON.parse((await this.ask({ do: 'sql', as: 'rows', statement }, signal)) as string) as SqlRow[];
  }

  /** The same rows as an Arrow IPC stream. */
  async sqlArrow(statement: string, { signal }: AskOptions = {}): Promise<Uint8Array> {
    return (await this.ask({ do: 'sql', as: 'arrow', statement }, signal)) as Uint8Array;
  }

  /** The same rows as a Parquet file, whose metadata name the statement and the release. */
  async sqlParquet(statement: string, { signal }: AskOptions = {}): Promise<Uint8Array> {
    return (await this.ask({ do: 'sql', as: 'parquet', statement }, signal)) as Uint8Array;
  }
}
