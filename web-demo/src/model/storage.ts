// The small files of a release that the page reads itself: dictionaries, for the hierarchy and the search.
import type { Files } from 'ninzu/worker';

const DESCRIPTOR = 'datapackage.json';

/** The name of the Cache storage in which the engine keeps what it reads. */
export const CACHE = 'ninzu-releases';

/** Reads a file of a release. */
export type Reader = (path: string) => Promise<Uint8Array>;

/** How often a file is asked for. */
const TRIES = 3;

/** From an address. What the engine keeps already is not fetched again. */
export function fromAddress(src: string, kept: boolean): Reader {
  const base = new URL(src, document.baseURI).href.replace(/\/?$/, '/');
  return async (path) => {
    const url = base + path;
    if (kept) {
      const response = await (await caches.open(CACHE)).match(url);
      if (response) return new Uint8Array(await response.arrayBuffer());
    }
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`${url}: ${response.status}`);
        return new Uint8Array(await response.arrayBuffer());
      } catch (error) {
        if (attempt === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
      }
    }
  };
}

/** Whether the browser keeps files for this page; in frames without an origin it does not. */
export async function canKeep(): Promise<boolean> {
  try {
    await caches.open(CACHE);
    return true;
  } catch {
    return false;
  }
}

/** From files that were chosen or dropped; a folder's own name may stand before their paths. */
export function fromFiles(files: Files): Reader {
  const entries: [string, Blob | BufferSource][] =
    files instanceof Map
      ? [...(files as ReadonlyMap<string, Blob | BufferSource>)]
      : Array.from(files as ArrayLike<File>, (file) => [file.webkitRelativePath || file.name, file]);
  const named = new Map(entries);
  const root = [...named.keys()]
    .filter((path) => path === DESCRIPTOR || path.endsWith(`/${DESCRIPTOR}`))
    .sort((a, b) => a.length - b.length)[0];
  const before = root?.slice(0, -DESCRIPTOR.length) ?? '';
  return async (path) => {
    const file = named.get(before + path);
    if (!file) throw new Error(`${path} is not among the files`);
    if (file instanceof Blob) return new Uint8Array(await file.arrayBuffer());
    return ArrayBuffer.isView(file) ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength) : new Uint8Array(file);
  };
}

/** Whether bytes have a hash. Where the browser cannot tell (plain http), they are taken as they are. */
export async function hasHash(bytes: Uint8Array, sha256: string): Promise<boolean> {
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256;
}
