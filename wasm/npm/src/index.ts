import type { Query } from './api.js';
import { guarded } from './error.js';
import type { Files } from './host/files.js';
import { sourceOf, type OpenOptions } from './host/open.js';
import { SourceRelease } from './release.js';
import { translate } from './translate.js';
import type { QueryJson } from './types.js';
import type { ModuleOptions } from './wasm-module/fetch.js';
import { fetchModule } from './wasm-module/load.js';

export type { AskOptions, CountOptions, Query, SignalOptions, UnknownCodes, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export { dropped, type Files } from './host/files.js';
export type { ModuleOptions } from './wasm-module/fetch.js';
export { memoryBytes } from './wasm-module/load.js';
export type { OpenOptions } from './host/open.js';
export type { Argument, Catalogue, Message } from './messages/message.js';
export { fold, SearchIndex, type Found, type SearchOptions } from './search.js';
export type { Signature } from './signature.js';
export type * from './types.js';

/** A release, asked in the page's own thread. */
export class Release extends SourceRelease {
  /** Opens a release by its address, or from files that were chosen or dropped. */
  static open(release: string | URL | Files, options: OpenOptions & ModuleOptions = {}): Promise<Release> {
    return guarded(() => {
      const source = sourceOf(release, options);
      return this.read(fetchModule(options), source, options);
    }, options.signal);
  }
}

/** Loads the module before a release is opened: the first answer comes sooner. */
export async function load(options: ModuleOptions = {}): Promise<void> {
  await guarded(() => fetchModule(options));
}

/** The JSON form of a query. */
export async function parse(query: Query, options: ModuleOptions = {}): Promise<QueryJson> {
  return JSON.parse(await translate('parse', query, () => fetchModule(options))) as QueryJson;
}

/** The text of a query. */
export function print(query: Query, options: ModuleOptions = {}): Promise<string> {
  return translate('print', query, () => fetchModule(options));
}
