import type { AskOptions } from './api.js';
import { NinzuError, translated } from './error.js';
import type { Files } from './files.js';
import { fetchModule, type Bindings, type ModuleOptions } from './module.js';
import { sourceOf, type OpenOptions } from './open.js';
import { SourceRelease, supplyFiles } from './release.js';
import type { ByteRange, Source } from './source.js';
import type { Reader } from './wasm/ninzu_wasm.js';
import init, * as bindings from './wasm-sql/ninzu_wasm_sql.js';
import type { Sql } from './wasm-sql/ninzu_wasm_sql.js';

export { NinzuError, type NinzuErrorKind } from './error.js';

/** Where the SQL module comes from, and what it may take. */
export interface SqlOptions {
  /** The address of `ninzu_wasm_sql_bg.wasm`, where a bundler or a portal serves it elsewhere. */
  sqlUrl?: string | URL;
  /** That module's hash, as in `<script integrity>`. */
  sqlIntegrity?: string;
  /** The most memory that statements may take, in MiB. 256 if not given. */
  sqlMemory?: number;
}

/** A value of a row. Counts that JavaScript's numbers hold exactly, texts, nothing. */
export type Value = string | number | boolean | null;

/** How a release is opened that is asked in SQL too. */
export type SqlReleaseOptions = OpenOptions & ModuleOptions & SqlOptions;

/** A release that is asked in SQL too. The SQL module is fetched when the first statement comes. */
export class Release extends SourceRelease {
  #source: Source;
  #options: SqlReleaseOptions = {};
  #session: Promise<Session> | undefined;
  /** Statements run one after another. */
  #last: Promise<unknown> = Promise.resolve();

  protected constructor(module: Bindings, source: Source, reader: Reader) {
    super(module, source, reader);
    this.#source = source;
  }

  /** Opens a release by its address, or from files that were chosen or dropped. */
  static async open(release: string | URL | Files, options: SqlReleaseOptions = {}): Promise<Release> {
    const opened = (await this.read(await fetchModule(options), sourceOf(release, options), options)) as Release;
    opened.#options = options;
    return opened;
  }

  /** The rows of a statement that only reads: tables `cells_*` and `dimensions`, and answers as `cohort('query')`. */
  async sql(statement: string, options?: AskOptions): Promise<Record<string, Value>[]> {
    return JSON.parse(await this.#run(statement, (sql) => sql.rows(), options)) as Record<string, Value>[];
  }

  /** The same rows as an Arrow IPC stream. */
  sqlArrow(statement: string, options?: AskOptions): Promise<Uint8Array> {
    return this.#run(statement, (sql) => sql.ipc(), options);
  }

  override dispose(): void {
    super.dispose();
    const session = this.#session;
    this.#session = Promise.reject(new NinzuError('disposed', 'the release was disposed of'));
    this.#session.catch(() => {}); // told to whoever asks
    session?.then(({ sql, reader }) => (sql.free(), reader.free())).catch(() => {});
  }

  #run<T>(statement: string, take: (sql: Sql) => T, options: AskOptions = {}): Promise<T> {
    const { signal } = options;
    const work = this.#last.then(async () => {
      signal?.throwIfAborted();
      this.#session ??= start(this.#source, this.#options).catch((error: unknown) => {
        this.#session = undefined;
        throw error;
      });
      const { sql } = await this.#session;
      while (!guarded(() => sql.run(statement))) await supply(sql, this.#source, signal);
      return guarded(() => take(sql));
    });
    this.#last = work.catch(() => {});
    return work;
  }
}

/** An open release in the memory of the SQL module. */
interface Session {
  sql: Sql;
  reader: { free(): void };
}

let loading: Promise<unknown> | undefined;
let crash: NinzuError | undefined;

async function start(source: Source, options: SqlReleaseOptions): Promise<Session> {
  const [descriptor] = await Promise.all([source.file('datapackage.json'), load(options)]);
  const opening = guarded(() => new bindings.Opening(descriptor, options.unaudited ?? false));
  await supplyFiles(opening, source);
  const reader = guarded(() => opening.finish());
  return { reader, sql: guarded(() => new bindings.Sql(reader, options.sqlMemory ?? 256)) };
}

/** The SQL module, loaded once. After a failure the next statement tries again. */
function load(options: SqlReleaseOptions): Promise<unknown> {
  const url = options.sqlUrl ?? new URL('./wasm-sql/ninzu_wasm_sql_bg.wasm', import.meta.url);
  loading ??= (options.fetch ?? fetch)(url, options.sqlIntegrity ? { integrity: options.sqlIntegrity } : {})
    .then((response) => {
      if (!response.ok) throw new NinzuError('io', `${url} cannot be loaded: ${response.status} ${response.statusText}`.trim());
      return response.headers.get('content-type') === 'application/wasm' ? response : response.arrayBuffer();
    })
    .then((module_or_path) => init({ module_or_path }))
    .catch((cause: unknown) => {
      loading = undefined;
      throw cause instanceof NinzuError ? cause : new NinzuError('io', `the SQL module cannot be loaded: ${cause}`, { cause });
    });
  return loading;
}

async function supply(sql: Sql, source: Source, signal?: AbortSignal): Promise<void> {
  const needs = JSON.parse(guarded(() => sql.needs())) as ByteRange[];
  const parts = await source.ranges(needs, signal);
  for (const [i, part] of parts.entries()) {
    try {
      guarded(() => sql.supply(i, part));
    } catch (error) {
      if (!(error instanceof NinzuError && error.kind === 'tampered' && source.again)) throw error;
      const [again] = await source.again([needs[i]!], signal);
      guarded(() => sql.supply(i, again!));
    }
  }
}

/** Calls into the SQL module. A trap leaves it in an unknown state, so it answers nothing afterwards; the other module goes on. */
function guarded<T>(work: () => T): T {
  if (crash) throw crash;
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
      crash = new NinzuError('crashed', `the SQL module stopped: ${thrown.message}`, { hint: 'reload the page', cause: thrown });
      throw crash;
    }
    throw translated(thrown);
  }
}
