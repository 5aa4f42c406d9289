import { NinzuError, say } from '../error.js';
import { Broken, drop, isPage, isPlain, pageInstead, requested, type Arriving, type FetchOptions } from './request.js';
import { united, type ByteRange, type Source } from './source.js';

export type { FetchOptions } from './request.js';

const HINT = say('hint.whole_release');

/** The most bytes that a small file may have, and a file of cells where the server has no ranges. */
const MOST = 256 * 1024 * 1024;
const MOST_CELLS = 2 ** 31 - 1;

/** A release on a web server, by byte ranges where the server has them. */
export class HttpSource implements Source {
  readonly #base: URL;
  readonly #options: FetchOptions;
  /** Files of servers without ranges, kept while the release is open. */
  readonly #wholes = new Map<string, Promise<Uint8Array>>();

  constructor(base: URL, options: FetchOptions) {
    this.#base = base.pathname.endsWith('/') ? base : new URL(`${base.pathname}/${base.search}`, base);
    this.#options = options;
  }

  async file(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#get(path, {}, signal, (arriving) => whole(arriving, this.#address(path), MOST));
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

  /** Asks for the last byte and one more. */
  async endsAt(path: string, bytes: number, signal?: AbortSignal): Promise<boolean> {
    const came = await this.#range({ path, start: Math.max(0, bytes - 1), end: bytes + 1 }, signal);
    return came.at + came.bytes.length === bytes;
  }

  /** Bytes that hold a range, and where in the file they begin. */
  async #range(range: ByteRange, signal?: AbortSignal): Promise<{ bytes: Uint8Array; at: number }> {
    const { path, start, end } = range;
    if (this.#wholes.has(path)) return { bytes: await this.#whole(path, signal), at: 0 };
    const init = { headers: { Range: `bytes=${start}-${end - 1}` } };
    const came = await this.#get(path, init, signal, async (arriving) => {
      if (arriving.response.status === 200) {
        const bytes = whole(arriving, this.#address(path), MOST_CELLS);
        this.#keep(path, bytes);
        return { bytes: await bytes, at: 0 };
      }
      const bytes = await part(arriving, range);
      return bytes && { bytes, at: start };
    });
    return came ?? { bytes: await this.#whole(path, signal), at: 0 };
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
    const bytes = this.#get(path, { cache }, signal, (arriving) => whole(arriving, this.#address(path), MOST_CELLS));
    this.#keep(path, bytes);
    return bytes;
  }

  #keep(path: string, bytes: Promise<Uint8Array>): void {
    this.#wholes.set(path, bytes);
    bytes.catch(() => {
      if (this.#wholes.get(path) === bytes) this.#wholes.delete(path);
    });
  }

  #address(path: string): string {
    return new URL(path.split('/').map(encodeURIComponent).join('/') + this.#base.search, this.#base).href;
  }

  #get<T>(path: string, init: RequestInit, signal: AbortSignal | undefined, take: (arriving: Arriving) => Promise<T>): Promise<T> {
    return requested(this.#address(path), init, { ...this.#options, signal, hint: HINT }, take);
  }
}

/** A whole file. */
async function whole({ body }: Arriving, url: string, most: number): Promise<Uint8Array> {
  const bytes = await body(most);
  if (isPage(bytes)) throw pageInstead(url, HINT);
  return bytes;
}

/** The bytes of a range; nothing if what came is something else. */
async function part({ response, body }: Arriving, { start, end }: ByteRange): Promise<Uint8Array | undefined> {
  const { headers, status } = response;
  const [, first, last] = /^bytes (\d+)-(\d+)/.exec(headers.get('content-range') ?? '') ?? [];
  // A range of an encoded body is no range of the file; servers of another origin need not say where theirs begins.
  const isRange = status === 206 && isPlain(headers) && (first === undefined || Number(first) === start);
  if (!isRange || headers.get('content-type')?.startsWith('text/html')) {
    drop(response);
    return undefined;
  }
  let bytes: Uint8Array;
  try {
    bytes = await body(end - start);
  } catch (error) {
    if (error instanceof NinzuError) return undefined; // more than was asked for
    throw error;
  }
  const length = last === undefined ? end - start : Number(last) - start + 1;
  if (bytes.length < length && first !== undefined) throw new Broken(say('server.short', { came: bytes.length, bytes: length }));
  return bytes.length === length ? bytes : undefined;
}
