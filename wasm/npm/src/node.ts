import { textOf, type Query } from './api.js';
import type { Files } from './files.js';
import { call } from './module.js';
import { readModule, sourceOf, type NodeOptions } from './node-host.js';
import { SourceRelease } from './release.js';
import type { QueryJson } from './types.js';

export type { AskOptions, CountOptions, Query, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export type { Files } from './files.js';
export { memoryBytes } from './module.js';
export type { NodeOptions } from './node-host.js';
export type * from './types.js';

/** A release, asked in Node. */
export class Release extends SourceRelease {
  /** Opens a release: a folder, an `http:` or `https:` address, or files in memory. */
  static async open(release: string | URL | Files, options: NodeOptions = {}): Promise<Release> {
    return this.read(readModule(options), sourceOf(release, options), options);
  }
}

/** The JSON form of a query. */
export async function parse(query: Query, options: NodeOptions = {}): Promise<QueryJson> {
  const module = await readModule(options);
  return JSON.parse(call(() => module.parse(textOf(query)))) as QueryJson;
}

/** The text of a query. */
export async function print(query: Query, options: NodeOptions = {}): Promise<string> {
  const module = await readModule(options);
  return call(() => module.print(textOf(query)));
}
