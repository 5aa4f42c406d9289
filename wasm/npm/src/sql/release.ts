import type { AskOptions } from '../api.js';
import { SourceRelease } from '../release.js';
import type { Signature } from '../signature.js';
import type { Source } from '../host/source.js';
import type { OpenOptions } from '../host/open.js';
import type { ModuleOptions } from '../wasm-module/fetch.js';
import { SqlSession, type SessionOf, type SqlOptions, type SqlRow } from './session.js';
import type { Reader } from '../wasm/ninzu_wasm.js';

/** How a release is opened that is asked in SQL too. */
export interface SqlOpenOptions extends OpenOptions, ModuleOptions, SqlOptions {}

/** A release that is asked in SQL too. */
export class SqlSourceRelease extends SourceRelease {
  readonly #source: Source;
  #session!: SqlSession;

  protected constructor(source: Source, reader: Reader, signature: Signature | undefined) {
    super(source, reader, signature);
    this.#source = source;
  }

  /** Says how statements are run; whoever opens a release must. */
  protected with(how: Omit<SessionOf, 'id' | 'source'>): this {
    this.#session = new SqlSession({ ...how, id: this.id, source: this.#source });
    return this;
  }

  /**
   * The rows of one statement that only reads: tables `cells_*` and `dimensions`, and answers as `cohort('query')`. The SQL module
   * is loaded when the first statement comes.
   */
  async sql(statement: string, options?: AskOptions): Promise<SqlRow[]> {
    return JSON.parse(await this.sqlText(statement, options)) as SqlRow[];
  }

  /** The same rows as the text of a JSON array. */
  sqlText(statement: string, options?: AskOptions): Promise<string> {
    return this.#session.rows(statement, options);
  }

  /** The same rows as an Arrow IPC stream. */
  sqlArrow(statement: string, options?: AskOptions): Promise<Uint8Array> {
    return this.#session.arrow(statement, options);
  }

  /** The same rows as a Parquet file, whose metadata name the statement and the release. */
  sqlParquet(statement: string, options?: AskOptions): Promise<Uint8Array> {
    return this.#session.parquet(statement, options);
  }

  override dispose(): void {
    super.dispose();
    this.#session?.dispose();
  }
}
