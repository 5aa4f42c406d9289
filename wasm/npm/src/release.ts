import { Api, settingsOf, textOf, type CountOptions, type Query, type SignalOptions, type What } from './api.js';
import { disposed, failed, guarded, NinzuError, say } from './error.js';
import { call, type Bindings, type Call } from './wasm-module/load.js';
import { unknownDimension } from './search.js';
import { signatureOf, type Signature } from './signature.js';
import { either } from './signal.js';
import type { TrustOptions } from './trust.js';
import type { Description, DictionaryEntry } from './types.js';
import type { ByteRange, Source } from './host/source.js';
import type { Question, Reader } from './wasm/ninzu_wasm.js';

/** A release whose bytes come from a source, asked in this thread. */
export class SourceRelease extends Api {
  readonly id: string;
  readonly signature: Signature | undefined;
  readonly #source: Source;
  #reader: Reader | undefined;
  #verified: number | undefined;
  readonly #disposal = new AbortController();
  /** Ranges that are on their way, so that questions asked together fetch them once. */
  readonly #arriving = new Map<string, Promise<Uint8Array>>();

  protected constructor(source: Source, reader: Reader, signature: Signature | undefined) {
    super();
    this.#source = source;
    this.signature = signature;
    this.#reader = reader;
    this.id = call(() => reader.id());
  }

  /** Reads the descriptor and the dictionaries. */
  static async read(loading: Promise<Bindings>, source: Source, options: TrustOptions): Promise<SourceRelease> {
    const { signal, trust } = options;
    const [module, descriptor] = await Promise.all([loading, source.file('datapackage.json', signal)]);
    const signature = trust === undefined ? undefined : await signatureOf(descriptor, source, trust, signal);
    const opening = call(() => new module.Opening(descriptor, options.unaudited ?? false));
    try {
      await supplyFiles(call, opening, source, signal);
    } catch (error) {
      opening.free();
      throw error;
    }
    // This takes the opening with it, also where it fails.
    const reader = call(() => opening.finish());
    const release = new this(source, reader, signature);
    if (options.id !== undefined && options.id !== release.id) {
      release.dispose();
      throw failed('tampered', say('release.other_id', { id: release.id, wanted: options.id }), say('hint.compare'));
    }
    return release;
  }

  json(what: What, query: Query = 'everyone', options: CountOptions = {}): Promise<string> {
    return guarded(async () => {
      if (what === 'describe') return call(() => this.#open().describe(this.#verified));
      options.signal?.throwIfAborted();
      const text = textOf(query);
      const by = namesOf(options.by);
      const question = call(() => this.#ask(what, text, by, settingsOf(options)));
      try {
        await this.#supply(question, options.signal);
        const answer = call(() => question.answer());
        if (what === 'verify') await this.#verify(Number(answer), options.signal);
        return answer;
      } finally {
        question.free();
      }
    }, options.signal);
  }

  dictionary(dimension: string, { signal }: SignalOptions = {}): Promise<DictionaryEntry[]> {
    return guarded(() => {
      signal?.throwIfAborted();
      const reader = this.#open();
      const { dimensions } = JSON.parse(call(() => reader.describe())) as Description;
      const at = dimensions.findIndex(({ name }) => name === dimension);
      if (at < 0) throw unknownDimension(dimension, dimensions.map(({ name }) => name));
      return JSON.parse(call(() => reader.dictionary(at))) as DictionaryEntry[];
    }, signal);
  }

  override dispose(): void {
    super.dispose();
    this.#disposal.abort(disposed());
    this.#reader?.free();
    this.#reader = undefined;
  }

  #open(): Reader {
    if (!this.#reader) throw disposed();
    return this.#reader;
  }

  /** Every byte that a hash covers is right: so must be the ends of the files, and what is to be kept must be. */
  async #verify(bytes: number, signal?: AbortSignal): Promise<void> {
    const reader = this.#open();
    const files = JSON.parse(call(() => reader.files())) as { path: string; bytes: number }[];
    for (const { path, bytes } of files) {
      if (await this.#source.endsAt(path, bytes, signal)) continue;
      throw failed('tampered', say('file.other_size', { file: path, bytes }), say('hint.compare'));
    }
    this.#source.kept?.();
    this.#verified = bytes;
  }

  #ask(what: Exclude<What, 'describe'>, query: string, by: string[], settings: string | undefined): Question {
    const reader = this.#open();
    switch (what) {
      case 'count':
        return reader.count(query, by, settings);
      case 'facets':
        return reader.facets(query, settings);
      case 'explain':
        return reader.explain(query, settings);
      case 'verify':
        return reader.everything();
      default:
        throw failed('unsupported', say('ask.other', { what: String(JSON.stringify(what)) }), say('hint.ways'));
    }
  }

  async #supply(question: Question, asked?: AbortSignal): Promise<void> {
    const needs = JSON.parse(call(() => question.needs())) as ByteRange[];
    if (needs.length === 0) return;
    const { signal, forget } = either(this.#disposal.signal, asked);
    const { parts, done } = this.#fetch(needs, signal);
    try {
      await supplyRanges(call, question, needs, await Promise.all(parts), this.#source, signal);
    } finally {
      done();
      forget();
    }
  }

  /** Ranges that nobody fetches yet, at once, and those that somebody does. */
  #fetch(needs: ByteRange[], signal: AbortSignal): { parts: Promise<Uint8Array>[]; done: () => void } {
    const fresh = needs.filter((need) => !this.#arriving.has(key(need)));
    const fetched = fresh.length > 0 ? this.#source.ranges(fresh, signal) : Promise.resolve([]);
    for (const [i, need] of fresh.entries()) {
      const part = fetched.then((parts) => parts[i]!);
      part.catch(() => {}); // told where it is awaited
      this.#arriving.set(key(need), part);
    }
    const mine = new Set(fresh);
    const parts = needs.map((need) => {
      const part = this.#arriving.get(key(need))!;
      if (mine.has(need)) return part;
      // Who fetches it may be aborted: that is not our error.
      return part.catch(async () => {
        signal.throwIfAborted();
        const [again] = await this.#source.ranges([need], signal);
        return again!;
      });
    });
    const done = (): void => fresh.forEach((need) => this.#arriving.delete(key(need)));
    return { parts, done };
  }
}

/** What an answer is broken down by, as the module takes it. */
function namesOf(by: readonly string[] = []): string[] {
  const names = Array.isArray(by) ? [...(by as readonly unknown[])] : [undefined];
  if (names.some((name) => typeof name !== 'string')) {
    throw failed('invalid_query', say('ask.by'), say('hint.by'));
  }
  return names as string[];
}

/** What takes bytes by their position in the list of what it needs. */
interface Needy {
  needs(): string;
  supply(at: number, bytes: Uint8Array): void;
}

/** Brings the small files that an opening needs. */
export async function supplyFiles(call: Call, opening: Needy, source: Source, signal?: AbortSignal): Promise<void> {
  const needs = JSON.parse(call(() => opening.needs())) as ByteRange[];
  const files = await Promise.all(needs.map((need) => source.file(need.path, signal)));
  for (const [i, bytes] of files.entries()) call(() => opening.supply(i, bytes));
}

/** Hands ranges over. */
export async function supplyRanges(
  call: Call,
  to: Needy,
  needs: ByteRange[],
  parts: Uint8Array[],
  source: Source,
  signal: AbortSignal,
): Promise<void> {
  for (const [i, part] of parts.entries()) {
    signal.throwIfAborted();
    try {
      call(() => to.supply(i, part));
    } catch (error) {
      // Caches and servers that lie about ranges are passed by once; then it is the release that is wrong.
      if (!(error instanceof NinzuError && error.kind === 'tampered' && source.again)) throw error;
      const [again] = await source.again([needs[i]!], signal);
      signal.throwIfAborted();
      call(() => to.supply(i, again!));
    }
  }
}

function key({ path, start, end }: ByteRange): string {
  return `${start}-${end} ${path}`;
}
