import { NinzuError } from './error.js';
import { united, type ByteRange, type Source } from './source.js';

/** How a release is fetched. */
export interface FetchOptions {
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** How often a failed request is repeated. 2 if not given. */
  retries?: number;
}

/** A release on a web server, by byte ranges where the server has them. */
export class HttpSource implements Source {
  readonly #base: URL;
  readonly #fetch: typeof globalThis.fetch;
  readonly #retries: number;
  /** Files of servers without ranges, kept while the release is open. */
  readonly #wholes = new Map<string, Promise<Uint8Array>>();

  constructor(base: URL, options: FetchOptions) {
    this.#base = base.pathname.endsWith('/') ? base : new URL(`${base.pathname}/${base.search}`, base);
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#retries = options.retries ?? 2;
  }

  async file(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    return bytesOf(await this.#get(path, {}, signal));
  }

  async ranges(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    const parts = new Array<Uint8Array>(wanted.length);
    const one = async (batch: ByteRange & { members: number[] }): Promise<void> => {
      const { bytes, at } = await this.#range(batch, signal);
      for (const i of batch.members) {
        const { start, end } = wanted[i]!;
        parts[i] = bytes.subarray(start - at, end - at);
      }
    };
    await Promise.all(united(wanted).map(one));
    return parts;
  }

  async again(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    const paths = [...new Set(wanted.map((w) => w.path))];
    const files = await Promise.all(paths.map((path) => this.#whole(path, signal, 'reload')));
    return wanted.map(({ path, start, end }) => files[paths.indexOf(path)]!.subarray(start, end));
  }

  /** Bytes that hold a range, and where in the file they begin. */
  async #range({ path, start, end }: ByteRange, signal?: AbortSignal): Promise<{ bytes: Uint8Array; at: number }> {
    if (this.#wholes.has(path)) return { bytes: await this.#whole(path, signal), at: 0 };
    const response = await this.#get(path, { headers: { Range: `bytes=${start}-${end - 1}` } }, signal);
    const place = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
    // A range of an encoded body is no range of the file; servers of another origin need not say where theirs begins.
    const encoding = response.headers.get('content-encoding');
    if (response.status === 206 && (encoding === null || encoding === 'identity')) {
      const bytes = await bytesOf(response);
      if (place === undefined ? bytes.length === end - start : Number(place) === start) return { bytes, at: start };
    } else if (response.status === 200) {
      const bytes = bytesOf(response);
      this.#keep(path, bytes);
      return { bytes: await bytes, at: 0 };
    } else {
      await response.body?.cancel();
    }
    return { bytes: await this.#whole(path, signal), at: 0 };
  }

  async #whole(path: string, signal?: AbortSignal, cache: RequestCache = 'default'): Promise<Uint8Array> {
    const kept = cache === 'default' ? this.#wholes.get(path) : undefined;
    if (kept) {
      try {
        return await kept;
      } catch {
        // Whoever began it may have been aborted: that is not our error.
        signal?.throwIfAborted();
      }
    }
    const bytes = this.#get(path, { cache }, signal).then(bytesOf);
    this.#keep(path, bytes);
    return bytes;
  }

  #keep(path: string, bytes: Promise<Uint8Array>): void {
    this.#wholes.set(path, bytes);
    bytes.catch(() => this.#wholes.delete(path));
  }

  async #get(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    const url = new URL(path.split('/').map(encodeURIComponent).join('/') + this.#base.search, this.#base);
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      let why: string;
      try {
        const response = await this.#fetch(url.href, { ...init, ...(signal && { signal }) });
        if (response.ok) return response;
        await response.body?.cancel();
        why = `${response.status} ${response.statusText}`.trim();
        if (response.status < 500 && response.status !== 429) throw refused(url, why);
      } catch (cause) {
        if (signal?.aborted || cause instanceof NinzuError) throw cause;
        why = String(cause instanceof Error ? cause.message : cause);
      }
      if (attempt >= this.#retries) throw refused(url, why);
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}

function refused(url: URL, why: string): NinzuError {
  return new NinzuError('io', `${url.href} cannot be fetched: ${why}`, {
    hint: 'the address must be the folder of a whole release',
  });
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}
