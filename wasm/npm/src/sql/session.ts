import type { AskOptions } from '../api.js';
import { disposed, failed, guarded, say } from '../error.js';
import { caller, unloaded } from '../wasm-module/load.js';
import { supplyFiles, supplyRanges } from '../release.js';
import { either } from '../signal.js';
import type { ByteRange, Source } from '../host/source.js';
import init, * as bindings from '../wasm-sql/ninzu_wasm_sql.js';
import type { Reader, Sql } from '../wasm-sql/ninzu_wasm_sql.js';

/** Where the SQL module comes from, and what it may take. */
export interface SqlOptions {
  /** The address of `ninzu_wasm_sql_bg.wasm`, or its path in Node, where it was moved. */
  sqlUrl?: string | URL;
  /** That module's hash, as in `<script integrity>`. */
  sqlIntegrity?: string;
  /** The most memory that a statement may take, in MiB. 256 if not given. */
  sqlMemory?: number;
}

/** A value of a row. Whole numbers beyond 2^53 are rounded; `sqlArrow` and `sqlParquet` have every digit. */
export type SqlValue = string | number | boolean | null;

/** A row: its columns by name. */
export type SqlRow = Record<string, SqlValue>;

/** What a session is over: the release that was opened, and where it comes from. */
export interface SessionOf extends SqlOptions {
  id: string;
  source: Source;
  /** Fetches or reads the SQL module. */
  module: () => Promise<BufferSource | WebAssembly.Module>;
}

const call = /* @__PURE__ */ caller(/* @__PURE__ */ say('module.sql'));

let loading: Promise<unknown> | undefined;

/** The SQL module, loaded once. After a failure the next statement tries again. */
function load(module: SessionOf['module']): Promise<unknown> {
  loading ??= module()
    .then((source) => init({ module_or_path: source }))
    .catch((cause: unknown) => {
      loading = undefined;
      throw unloaded(say('module.sql'), cause);
    });
  return loading;
}

/** Statements over one release, one after another. The SQL module is loaded for the first, and has the release open once more. */
export class SqlSession {
  readonly #of: SessionOf;
  #open: Promise<{ reader: Reader; sql: Sql }> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #disposal = new AbortController();

  constructor(of: SessionOf) {
    this.#of = of;
  }

  /** The JSON text of a statement's rows. */
  rows(statement: string, options?: AskOptions): Promise<string> {
    return this.#run(statement, (sql) => sql.rows(), options);
  }

  /** The rows as an Arrow IPC stream. */
  arrow(statement: string, options?: AskOptions): Promise<Uint8Array> {
    return this.#run(statement, (sql) => sql.ipc(), options);
  }

  /** The rows as a Parquet file. */
  parquet(statement: string, options?: AskOptions): Promise<Uint8Array> {
    return this.#run(statement, (sql) => sql.parquet(), options);
  }

  /** Frees the session when the statement that runs has ended, which is soon. */
  dispose(): void {
    if (this.#disposal.signal.aborted) return;
    this.#disposal.abort(disposed());
    this.#last.then(async () => {
      const open = await this.#open;
      open?.sql.free();
      open?.reader.free();
    }, () => {});
  }

  #run<T>(statement: string, take: (sql: Sql) => T, { signal: asked }: AskOptions = {}): Promise<T> {
    const { signal, forget } = either(this.#disposal.signal, asked);
    const work = this.#last.then(async () => {
      signal.throwIfAborted();
      this.#open ??= this.#start().catch((error: unknown) => {
        this.#open = undefined;
        throw error;
      });
      const { sql } = await this.#open;
      for (;;) {
        signal.throwIfAborted();
        if (call(() => sql.run(statement))) return call(() => take(sql));
        const needs = JSON.parse(call(() => sql.needs())) as ByteRange[];
        const { source } = this.#of;
        await supplyRanges(call, sql, needs, await source.ranges(needs, signal), source, signal);
      }
    });
    this.#last = work.catch(() => {}).finally(forget);
    return guarded(() => work, signal);
  }

  /** Opens the release in the SQL module. */
  async #start(): Promise<{ reader: Reader; sql: Sql }> {
    const { source, id, module, sqlMemory = 256 } = this.#of;
    const [descriptor] = await Promise.all([source.file('datapackage.json'), load(module)]);
    // Whoever opened the release has decided that it may be unaudited.
    const opening = call(() => new bindings.Opening(descriptor, true));
    try {
      await supplyFiles(call, opening, source);
    } catch (error) {
      opening.free();
      throw error;
    }
    // This takes the opening with it, also where it fails.
    const reader = call(() => opening.finish());
    try {
      const now = call(() => reader.id());
      if (now !== id) throw failed('tampered', say('release.replaced', { id: now }), say('hint.open_again'));
      return { reader, sql: call(() => new bindings.Sql(reader, sqlMemory)) };
    } catch (error) {
      reader.free();
      throw error;
    }
  }
}
