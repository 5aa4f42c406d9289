import { NinzuError } from './error.js';
import type { ByteRange, Source } from './source.js';

/** A release that is kept in the browser's Cache storage: what was read once needs no network. The engine checks every byte. */
export class CachedSource implements Source {
  readonly #inner: Source;
  readonly #url: string;
  readonly #name: string;

  constructor(inner: Source, url: URL, name: string) {
    if (typeof caches === 'undefined') {
      throw new NinzuError('unsupported', 'this place has no Cache storage', { hint: 'browsers have it on https pages and localhost' });
    }
    this.#inner = inner;
    this.#url = url.href.replace(/\/?(\?.*)?$/, '');
    this.#name = name;
  }

  /** A new descriptor is a new release, so the network comes first for it. */
  async file(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    const key = `${this.#url}/${path}`;
    const cache = await caches.open(this.#name);
    try {
      const bytes = await this.#inner.file(path, signal);
      await cache.put(key, new Response(bytes as BufferSource));
      return bytes;
    } catch (error) {
      const kept = signal?.aborted ? undefined : await cache.match(key);
      if (!kept) throw error;
      return new Uint8Array(await kept.arrayBuffer());
    }
  }

  async ranges(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    const cache = await caches.open(this.#name);
    const kept = await Promise.all(wanted.map((range) => cache.match(this.#key(range))));
    const missing = wanted.filter((_, i) => !kept[i]);
    const came = missing.length > 0 ? await this.#inner.ranges(missing, signal) : [];
    await Promise.all(missing.map((range, i) => cache.put(this.#key(range), new Response(came[i]! as BufferSource))));
    let next = 0;
    return Promise.all(kept.map(async (response) => (response ? new Uint8Array(await response.arrayBuffer()) : came[next++]!)));
  }

  async again(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    const cache = await caches.open(this.#name);
    const came = await (this.#inner.again ?? this.#inner.ranges).call(this.#inner, wanted, signal);
    await Promise.all(wanted.map((range, i) => cache.put(this.#key(range), new Response(came[i]! as BufferSource))));
    return came;
  }

  #key({ path, start, end }: ByteRange): string {
    return `${this.#url}/${path}?bytes=${start}-${end}`;
  }
}
