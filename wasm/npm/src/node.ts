import type { Query } from './api.js';
import { guarded } from './error.js';
import type { Files } from './host/files.js';
import { sourceOf, type NodeOptions } from './host/folder.js';
import { SourceRelease } from './release.js';
import { translate } from './translate.js';
import type { QueryJson } from './types.js';
import { readModule } from './wasm-module/read.js';

export type { AskOptions, CountOptions, Query, SignalOptions, UnknownCodes, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export type { Files } from './host/files.js';
export { memoryBytes } from './wasm-module/load.js';
export type { NodeOptions } from './host/folder.js';
export type { Argument, Catalogue, Message } from './messages/message.js';
export { fold, SearchIndex, type Found, type SearchOptions } from './search.js';
export type { Signature } from './signature.js';
export type * from './types.js';

/** A release, asked in Node. */
export class Release extends SourceRelease {
  /** Opens a release: a folder, an `http:` or `https:` address, or files in memory. */
  static open(release: string | URL | Files, options: NodeOptions = {}): Promise<Release> {
    return guarded(() => {
      const source = sourceOf(release, options);
      return this.read(readModule(options), source, options);
    }, options.signal);
  }
}

/** The JSON form of a query. */
export async function parse(query: Query, options: NodeOptions = {}): Promise<QueryJson> {
  return JSON.parse(await translate('parse', query, () => readModule(options))) as QueryJson;
}

/** The text of a query. */
export function print(query: Query, options: NodeOptions = {}): Promise<string> {
  return translate('print', query, () => readModule(options));
}
