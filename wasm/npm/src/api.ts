import { failed, guarded, say } from './error.js';
import { SearchIndex, type Found, type SearchOptions } from './search.js';
import { until } from './signal.js';
import type { Signature } from './signature.js';
import type { Answer, ByAnswer, Description, DictionaryEntry, Explanation, Facet, QueryJson } from './types.js';

/** A query as text, or its JSON form. */
export type Query = string | QueryJson;

/** How a question takes codes that the release does not name. */
export type UnknownCodes = 'error' | 'rare' | 'anything';

/** What every question understands. */
export interface AskOptions {
  /**
   * What codes mean that the release does not name: an error, fewer people than the threshold, or anything from nobody to everyone. The
   * answer says it. If not given, `rare` where the release names just the codes that enough people have, else `error`.
   */
  unknownCodes?: UnknownCodes;
  /** The most that the question may be computed, in units of about a second; beyond it bounds are wider. 1 if not given. */
  work?: number;
  /** Ends the question: it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What a count understands. */
export interface CountOptions extends AskOptions {
  /** Dimensions to break down by, or `centre`; added to what the query says. */
  by?: readonly string[];
}

/** What every other request understands. */
export interface SignalOptions {
  /** Ends the request: it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What can be asked as JSON. */
export type What = 'count' | 'facets' | 'explain' | 'describe' | 'verify';

/** An open release. The page's, the worker's and Node's have the same methods. */
export abstract class Api {
  /** The release's id: the SHA-256 of its descriptor. Cite it with an answer. */
  abstract readonly id: string;

  /** Who signed it: one of the keys that it was opened with as trusted. Nothing if it was opened without `trust`. */
  abstract readonly signature: Signature | undefined;

  /** The JSON text of an answer, byte for byte what the command line prints with `--format json`. */
  abstract json(what: What, query?: Query, options?: CountOptions): Promise<string>;

  /**
   * Every value of a dimension, in order: with labels, with what is above it, and whether it is counted by itself. The root `*`, and
   * onsets (`CODE@stage`), are among them where the dimension has them.
   */
  abstract dictionary(dimension: string, options?: SignalOptions): Promise<DictionaryEntry[]>;

  /** Of all dictionaries, made for the first search. */
  #index: Promise<SearchIndex> | undefined;

  /** Frees what the release holds. Open questions reject. */
  dispose(): void {
    this.#index = undefined;
  }

  /** How many people match: hard bounds, for each centre and over centres. */
  count(query: Query, options?: CountOptions): Promise<Answer> {
    return this.#ask('count', query, options);
  }

  /** The counts for each combination of values of some dimensions. */
  async breakdown(query: Query, by: readonly string[], options?: AskOptions): Promise<ByAnswer[]> {
    const answer = await this.count(query, { ...options, by });
    return answer.by ?? [];
  }

  /** Quick counts of every value of every dimension under a query. */
  facets(query: Query, options?: AskOptions): Promise<Facet[]> {
    return this.#ask('facets', query, options);
  }

  /** How a query is understood and answered, and which bytes that takes. */
  explain(query: Query, options?: AskOptions): Promise<Explanation> {
    return this.#ask('explain', query, options);
  }

  /** What the release holds and how it is protected. */
  describe(): Promise<Description> {
    return this.#ask('describe');
  }

  /** Fetches and checks every byte of the release, which keeps it for later. Returns how many there are. */
  verify(options?: AskOptions): Promise<number> {
    return this.#ask('verify', undefined, options);
  }

  /**
   * Values of all dimensions that match a text in either language, the best first: by the beginning of their code, with or without
   * its dots, or by the words of their labels and of those above them. Case, accents, full-width forms and the two kana are alike.
   */
  search(text: string, { signal, ...options }: SearchOptions & SignalOptions = {}): Promise<Found[]> {
    return guarded(async () => {
      const index = await until(this.#indexed(), signal);
      return index.find(text, options);
    }, signal);
  }

  #indexed(): Promise<SearchIndex> {
    if (this.#index) return this.#index;
    const index = this.#read();
    this.#index = index;
    index.catch(() => {
      if (this.#index === index) this.#index = undefined;
    });
    return index;
  }

  async #read(): Promise<SearchIndex> {
    const { dimensions } = await this.describe();
    const read = async ({ name }: { name: string }) => [name, await this.dictionary(name)] as const;
    return new SearchIndex(new Map(await Promise.all(dimensions.map(read))));
  }

  async #ask<T>(what: What, query?: Query, options?: CountOptions): Promise<T> {
    return JSON.parse(await this.json(what, query, options)) as T;
  }
}

/** The options of a question as the module reads them; nothing if there are none. */
export function settingsOf({ unknownCodes, work }: AskOptions): string | undefined {
  if (unknownCodes === undefined && work === undefined) return undefined;
  return JSON.stringify({ unknown_codes: unknownCodes, work });
}

/** A query as the module reads it. */
export function textOf(query: Query): string {
  if (typeof query === 'string') return query;
  try {
    const text = JSON.stringify(query) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw failed('syntax', say('ask.not_json'), say('hint.types'), cause);
  }
  throw failed('syntax', say('ask.other_type', { type: typeof query }), say('hint.types'));
}
