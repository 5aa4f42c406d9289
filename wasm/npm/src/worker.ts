import type { Query } from './api.js';
import type { Files } from './host/files.js';
import { compiled } from './wasm-module/fetch.js';
import { disposed, guarded } from './error.js';
import { lasting, WorkerClient } from './worker/pool.js';
import { portable, WorkerRelease, type WorkerOptions } from './worker/release.js';
import type { QueryJson } from './types.js';

export type { AskOptions, CountOptions, Query, SignalOptions, UnknownCodes, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export { dropped, type Files } from './host/files.js';
export type { Argument, Catalogue, Message } from './messages/message.js';
export type { WorkerOptions } from './worker/release.js';
export { fold, SearchIndex, type Found, type SearchOptions } from './search.js';
export type { Signature } from './signature.js';
export type * from './types.js';

/** Written so that bundlers see it: a literal address and literal options. */
const create = (): Worker => new Worker(new URL('./worker-entry.js', import.meta.url), { type: 'module' });

/** A release, asked in a worker: the page stays free. */
export class Release extends WorkerRelease {
  /** Opens a release by its address, or from files that were chosen or dropped. */
  static async open(release: string | URL | Files, options: WorkerOptions = {}): Promise<Release> {
    return this.start(create, release, options);
  }
}

/** Starts the worker and loads the module there before a release is opened: the first answer comes sooner. */
export async function load({ workerUrl, ...options }: Pick<WorkerOptions, 'workerUrl' | 'wasmUrl' | 'integrity'> = {}): Promise<void> {
  await guarded(() => lasting(async () => WorkerClient.of(workerUrl, create).load(portable(options), compiled)));
}

/** The JSON form of a query. */
export async function parse(query: Query, options: WorkerOptions = {}): Promise<QueryJson> {
  return (await ask('parse', query, options)) as QueryJson;
}

/** The text of a query. */
export async function print(query: Query, options: WorkerOptions = {}): Promise<string> {
  return (await ask('print', query, options)) as string;
}

function ask(what: 'parse' | 'print', query: Query, { signal, workerUrl, ...rest }: WorkerOptions): Promise<unknown> {
  return guarded(async () => {
    const client = WorkerClient.of(workerUrl, create);
    client.users++;
    try {
      return await lasting(async () => client.ask({ do: what, query, options: portable(rest) }, signal));
    } finally {
      client.users--;
      if (client.users === 0) client.end(disposed());
    }
  }, signal);
}
