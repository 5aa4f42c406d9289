import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { absolute } from '../address.js';
import { failed, MissingFile, NinzuError, reasonOf, say } from '../error.js';
import { FilesSource, type Files } from './files.js';
import { HttpSource, type FetchOptions } from './http.js';
import type { TrustOptions } from '../trust.js';
import type { ByteRange, Source } from './source.js';

/** How a release is opened in Node. */
export interface NodeOptions extends FetchOptions, TrustOptions {
  /** The path of the module, where it was moved. */
  wasmUrl?: string | URL;
  /** The module's hash, as in `<script integrity>`. */
  integrity?: string;
}

/** The host of a release: a folder, an address, or files. */
export function sourceOf(release: string | URL | Files, options: NodeOptions): Source {
  if (typeof release === 'string' && /^https?:/i.test(release)) return new HttpSource(absolute(release), options);
  if (release instanceof URL && release.protocol !== 'file:') return new HttpSource(release, options);
  if (release instanceof URL) return new FolderSource(fileURLToPath(release));
  return typeof release === 'string' ? new FolderSource(release) : new FilesSource(release);
}

/** The most bytes that a small file may have. */
const MOST = 256 * 1024 * 1024;

/** A release in a folder. */
class FolderSource implements Source {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  file(path: string): Promise<Uint8Array> {
    return this.#told(path, async () => {
      const file = this.#path(path);
      const found = await stat(file);
      if (!found.isFile()) throw failed('io', say('file.unread', { file, reason: say('folder.no_file') }), say('hint.folder_of_release'));
      if (found.size > MOST) throw failed('invalid_release', say('file.too_long', { file, most: MOST }), say('hint.no_such_file'));
      return new Uint8Array(await readFile(file));
    });
  }

  ranges(wanted: ByteRange[]): Promise<Uint8Array[]> {
    return Promise.all(wanted.map((range) => this.#told(range.path, () => this.#range(range))));
  }

  endsAt(path: string, bytes: number): Promise<boolean> {
    return this.#told(path, async () => (await stat(this.#path(path))).size === bytes);
  }

  async #range({ path, start, end }: ByteRange): Promise<Uint8Array> {
    const file = await open(this.#path(path));
    try {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  #path(path: string): string {
    if (path.split(/[\\/]/).some((part) => part === '' || part === '.' || part === '..')) {
      throw failed('invalid_release', say('folder.path', { file: path }));
    }
    return join(this.#folder, path);
  }

  async #told<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof NinzuError) throw cause;
      const why = say('file.unread', { file: join(this.#folder, path), reason: reasonOf(cause) });
      const hint = say('hint.folder_of_release');
      throw (cause as NodeJS.ErrnoException).code === 'ENOENT' ? new MissingFile(why, hint, cause) : failed('io', why, hint, cause);
    }
  }
}
