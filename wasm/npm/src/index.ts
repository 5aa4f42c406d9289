import { textOf, type Query } from './api.js';
import { guarded } from './error.js';
import type { Files } from './files.js';
import type { ModuleOptions } from './code.js';
import { call, fetchModule } from './module.js';
import { sourceOf, type OpenOptions } from './open.js';
import { SourceRelease } from './release.js';
import type { QueryJson } from './types.js';

export type { AskOptions, CountOptions, Query, UnknownCodes, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export { dropped, type Files } from './files.js';
export type { ModuleOptions } from './code.js';
export { memoryBytes } from './module.js';
export type { OpenOptions } from './open.js';
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
  return JSON.parse(await translate('parse', query, options)) as QueryJson;
}

/** The text of a query. */
export function print(query: Query, options: ModuleOptions = {}): Promise<string> {
  return translate('print', query, options);
}

function translate(into: 'parse' | 'print', query: Query, options: ModuleOptions): Promise<string> {
  return guarded(async () => {
    const module = await fetchModule(options);
    const text = textOf(query);
    return call(() => module[into](text));
  });
}
