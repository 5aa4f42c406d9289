// What Node gets as `ninzu/sql`: the types are those of sql.ts.
import { failed, guarded, say } from './error.js';
import type { Files } from './host/files.js';
import { sourceOf } from './host/folder.js';
import { SqlSourceRelease, type SqlOpenOptions } from './sql/release.js';
import { checked, readModule } from './wasm-module/read.js';

export { NinzuError } from './error.js';
export { dropped } from './host/files.js';
export { fold, SearchIndex } from './search.js';

/** A release, asked in Node, in SQL too. */
export class Release extends SqlSourceRelease {
  /** Opens a release: a folder, an `http:` or `https:` address, or files in memory. */
  static open(release: string | URL | Files, options: SqlOpenOptions = {}): Promise<Release> {
    return guarded(async () => {
      if (options.cache !== undefined) {
        throw failed('unsupported', say('cache.none_in_node'), say('hint.without_cache'));
      }
      const source = sourceOf(release, options);
      const opened = (await this.read(readModule(options), source, options)) as Release;
      const { sqlUrl = new URL('./wasm-sql/ninzu_wasm_sql_bg.wasm', import.meta.url), sqlIntegrity } = options;
      return opened.with({ ...options, module: () => checked(sqlUrl, sqlIntegrity) });
    }, options.signal);
  }
}
