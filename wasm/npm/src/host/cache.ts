import { failed, isEnd, MissingFile, NinzuError, reasonOf, say } from '../error.js';
import type { ByteRange, Source } from './source.js';

/** A release that is kept in the browser's Cache storage: what was read once needs no network. The engine checks every byte. */
export class CachedSource implements Source {
  readonly #inner: Source;
  readonly #url: string;
  readonly #name: string;
  /** Why something that was read could not be kept. */
  #unkept: NinzuError | undefined;

  constructor(inner: Source, url: URL, name: string) {
    if (typeof caches === 'undefined') throw withoutCaches();
    this.#inner = inner;
    this.#url = url.href.replace(/\/?(\?.*)?$/, '');
    this.#name = name;
  }

  /** A new descriptor is a new release, so the network comes first for it. */
  async file(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    const key = `${this.#url}/${path}`;
    const cache = await this.#cache();
    try {
      const bytes = await this.#inner.file(path, signal);
      await this.#put(cache, key, bytes);
      return bytes;
    } catch (error) {
      const kept = isEnd(error, signal) ? undefined : await this.#get(cache, key);
      if (!kept) throw error;
      return kept;
    }
  }

  async ranges(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    const cache = await this.#cache();
    const kept = await Promise.all(wanted.map((range) => this.#get(cache, this.#key(range))));
    const missing = wanted.filter((_, i) => !kept[i]);
    const came = missing.length > 0 ? await this.#inner.ranges(missing, signal) : [];
    await Promise.all(missing.map((range, i) => this.#put(cache, this.#key(range), came[i]!)));
    let next = 0;
    return kept.map((bytes) => bytes ?? came[next++]!);
  }

  async again(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    const cache = await this.#cache();
    const came = await (this.#inner.again ?? this.#inner.ranges).call(this.#inner, wanted, signal);
    await Promise.all(wanted.map((range, i) => this.#put(cache, this.#key(range), came[i]!)));
    return came;
  }

  /** Without a network there is nothing but what was kept: ranges, each with its hash. */
  async endsAt(path: string, bytes: number, signal?: AbortSignal): Promise<boolean> {
    try {
      return await this.#inner.endsAt(path, bytes, signal);
    } catch (error) {
      if (error instanceof NinzuError && error.kind === 'io' && !(error instanceof MissingFile)) return true;
      throw error;
    }
  }

  kept(): void {
    if (this.#unkept) throw this.#unkept;
  }

  async #cache(): Promise<Cache> {
    try {
      return await caches.open(this.#name);
    } catch (cause) {
      throw withoutCaches(cause);
    }
  }

  /** What was kept; nothing if the storage cannot hand it out. */
  async #get(cache: Cache, key: string): Promise<Uint8Array | undefined> {
    try {
      const response = await cache.match(key);
      return response && new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      this.#cannot(cause);
      return undefined;
    }
  }

  /** Keeps bytes. A storage that is full is no reason not to answer; `kept` tells it. */
  async #put(cache: Cache, key: string, bytes: Uint8Array): Promise<void> {
    try {
      await cache.put(key, new Response(bytes as BufferSource));
    } catch (cause) {
      this.#cannot(cause);
    }
  }

  #cannot(cause: unknown): void {
    this.#unkept ??= failed('io', say('cache.not_kept', { reason: reasonOf(cause) }), say('hint.storage'), cause);
  }

  #key({ path, start, end }: ByteRange): string {
    return `${this.#url}/${path}?bytes=${start}-${end}`;
  }
}

function withoutCaches(cause?: unknown): NinzuError {
  return failed('unsupported', say('cache.none'), say('hint.caches'), cause);
}
