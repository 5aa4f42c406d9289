import { absolute } from '../address.js';
import { CachedSource } from './cache.js';
import { failed, say } from '../error.js';
import { FilesSource, type Files } from './files.js';
import { HttpSource, type FetchOptions } from './http.js';
import type { TrustOptions } from '../trust.js';
import type { Source } from './source.js';

/** How a release is opened. */
export interface OpenOptions extends FetchOptions, TrustOptions {
  /** Keep what is read in this Cache storage of the browser, for use without a network. */
  cache?: string;
}

/** The host of a release: an address, or files. */
export function sourceOf(release: string | URL | Files, options: OpenOptions): Source {
  if (typeof release !== 'string' && !(release instanceof URL)) {
    if (options.cache !== undefined) {
      throw failed('unsupported', say('cache.not_for_files'), say('hint.without_cache'));
    }
    return new FilesSource(release);
  }
  const url = absolute(release);
  const source = new HttpSource(url, options);
  return options.cache === undefined ? source : new CachedSource(source, url, options.cache);
}
