import { textOf, type Query } from './api.js';
import { guarded } from './error.js';
import type { Files } from './files.js';
import { call } from './module.js';
import { readModule, sourceOf, type NodeOptions } from './node-host.js';
import { SourceRelease } from './release.js';
import type { QueryJson } from './types.js';

export type { AskOptions, CountOptions, Query, UnknownCodes, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export type { Files } from './files.js';
export { memoryBytes } from './module.js';
export type { NodeOptions } from './node-host.js';
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
  return JSON.parse(await translate('parse', query, options)) as QueryJson;
}

/** The text of a query. */
export function print(query: Query, options: NodeOptions = {}): Promise<string> {
  return translate('print', query, options);
}

function translate(into: 'parse' | 'print', query: Query, options: NodeOptions): Promise<string> {
  return guarded(async () => {
    const module = await readModule(options);
    const text = textOf(query);
    return call(() => module[into](text));
  });
}
