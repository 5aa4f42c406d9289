import { guarded } from './error.js';
import type { Files } from './host/files.js';
import { sourceOf } from './host/open.js';
import { SqlSourceRelease, type SqlOpenOptions } from './sql/release.js';
import { fetched } from './wasm-module/fetch.js';
import { fetchModule } from './wasm-module/load.js';

export type { AskOptions, CountOptions, Query, SignalOptions, UnknownCodes, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export { dropped, type Files } from './host/files.js';
export type { ModuleOptions } from './wasm-module/fetch.js';
export type { OpenOptions } from './host/open.js';
export type { Argument, Catalogue, Message } from './messages/message.js';
export type { SqlOpenOptions } from './sql/release.js';
export type { SqlOptions, SqlRow, SqlValue } from './sql/session.js';
export { fold, SearchIndex, type Found, type SearchOptions } from './search.js';
export type { Signature } from './signature.js';
export type * from './types.js';

/** A release, asked in this thread, in SQL too. */
export class Release extends SqlSourceRelease {
  /** Opens a release by its address, or from files that were chosen or dropped; in Node also a folder. */
  static open(release: string | URL | Files, options: SqlOpenOptions = {}): Promise<Release> {
    return guarded(async () => {
      const source = sourceOf(release, options);
      const opened = (await this.read(fetchModule(options), source, options)) as Release;
      const { sqlUrl = new URL('./wasm-sql/ninzu_wasm_sql_bg.wasm', import.meta.url), sqlIntegrity: integrity, ...how } = options;
      return opened.with({ ...options, module: () => fetched(sqlUrl, { ...how, ...(integrity !== undefined && { integrity }) }) });
    }, options.signal);
  }
}
