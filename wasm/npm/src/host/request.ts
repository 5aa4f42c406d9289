// One rule for whatever is fetched: a request that fails is repeated, whether its head fails or its body breaks off.
import { failed, isEnd, MissingFile, NinzuError, type OwnMessage, reasonOf, say } from '../error.js';
import type { Argument } from '../messages/message.js';
import { either } from '../signal.js';

/** How things are fetched. */
export interface FetchOptions {
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** How often a failed request is repeated. 2 if not given. */
  retries?: number;
  /** For how many milliseconds a server may be silent before the request counts as failed. 30,000 if not given. */
  patience?: number;
}

/** A response whose head has come. */
export interface Arriving {
  response: Response;
  /** Its body; an error if it is longer than some bytes. */
  body(most: number): Promise<Uint8Array>;
  /** The response for somebody else who reads it, at whatever pace. */
  handOver(): Response;
}

/** What fails a request once; it is repeated. */
export class Broken extends Error {
  readonly reason: OwnMessage;

  constructor(reason: OwnMessage) {
    super(reason.code);
    this.reason = reason;
  }
}

/** Statuses of servers that will have nothing else to say in a moment. */
const isFinal = (status: number): boolean => status < 500 && status !== 408 && status !== 425 && status !== 429;

/** What servers say that know no ranges, or not this one. */
export const isWithoutRanges = (status: number): boolean => status === 400 || status === 405 || status === 416 || status === 501;

/**
 * Fetches, and reads with `take`, as often as the options allow. `take` sees responses that are well, and those of servers without
 * ranges where a range was asked for.
 */
export async function requested<T>(
  url: string,
  init: RequestInit,
  options: FetchOptions & { signal?: AbortSignal | undefined; hint: OwnMessage },
  take: (arriving: Arriving) => Promise<T>,
): Promise<T> {
  const { fetch = globalThis.fetch, retries = 2, patience = 30_000, signal, hint } = options;
  const isRange = init.headers !== undefined;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const silence = new AbortController();
    const { signal: ends, forget } = either(silence.signal, signal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const received = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new Broken(say('server.silent', { seconds: patience / 1000 }))), patience);
    };
    let why: Argument;
    let cause: unknown;
    try {
      received();
      const response = await fetch(url, { ...init, signal: ends });
      received();
      if (response.ok || (isRange && isWithoutRanges(response.status))) {
        const handOver = (): Response => {
          clearTimeout(timer);
          return response;
        };
        return await take({ response, body: (most) => bodyOf(url, response, most, received), handOver });
      }
      drop(response);
      why = `${response.status} ${response.statusText}`.trim();
      if (response.status === 404 || response.status === 410) throw new MissingFile(say('file.not_fetched', { url, reason: why }), hint);
      if (isFinal(response.status)) throw refused(url, why, hint);
    } catch (thrown) {
      if (thrown instanceof NinzuError || isEnd(thrown, signal)) throw thrown;
      cause = silence.signal.aborted ? silence.signal.reason : thrown;
      why = cause instanceof Broken ? cause.reason : reasonOf(cause);
    } finally {
      clearTimeout(timer);
      forget();
    }
    if (attempt >= retries) throw refused(url, why, cause === undefined || !isElsewhere(url) ? hint : say('hint.other_origin', { first: hint }), cause);
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
  }
}

async function bodyOf(url: string, response: Response, most: number, received: () => void): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of partsOf(response)) {
    received();
    length += part.length;
    if (length > most) {
      throw failed('invalid_release', say('file.too_long', { file: url, most }), say('hint.no_such_file'));
    }
    parts.push(part);
  }
  const promised = promisedLength(response);
  if (promised !== undefined && length < promised) throw new Broken(say('server.short', { came: length, bytes: promised }));
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A body as it comes. Another `fetch` than the browser's may have no stream. */
async function* partsOf(response: Response): AsyncGenerator<Uint8Array> {
  if (typeof response.body?.getReader !== 'function') return yield new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  try {
    for (let one = await reader.read(); !one.done; one = await reader.read()) yield one.value;
  } finally {
    reader.cancel().catch(() => {}); // nobody waits for it
  }
}

/** Reads nothing more of a body. */
export function drop({ body }: Response): void {
  // Nobody waits for it.
  if (typeof body?.cancel === 'function' && !body.locked) body.cancel().catch(() => {});
}

/** How many bytes a body must have, where the head says it of the bytes that are read. */
function promisedLength({ headers, type }: Response): number | undefined {
  // Servers of another origin need not say that a body is encoded.
  if (type === 'cors' || !isPlain(headers)) return undefined;
  const length = headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Whether a body's bytes are the file's. */
export function isPlain(headers: Headers): boolean {
  const encoding = headers.get('content-encoding');
  return encoding === null || encoding === 'identity';
}

/** Whether bytes are a web page: many servers answer a missing file with one. */
export function isPage(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 512)).replace(/^ï»¿/, '').trimStart();
  return /^<(?:!doctype\s+html|html|head|body|!--)/i.test(head);
}

/** What is said of a page in the place of a file. */
export function pageInstead(url: string, hint: OwnMessage): NinzuError {
  return new MissingFile(say('file.page_instead', { url }), say('hint.page_instead', { hint }));
}

function refused(url: string, reason: Argument, hint: OwnMessage, cause?: unknown): NinzuError {
  return failed('io', say('file.not_fetched', { url, reason }), hint, cause);
}

/** Whether an address is not on the page's origin, which must then be allowed; browsers do not say it. */
function isElsewhere(url: string): boolean {
  const here = globalThis.location?.origin;
  return here !== undefined && here !== 'null' && !url.startsWith(`${here}/`);
}
