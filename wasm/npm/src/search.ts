// Finding values and codes by what people call them, in either language.
import { failed, NinzuError, say } from './error.js';
import type { DictionaryEntry } from './types.js';

/** How values are looked for. */
export interface SearchOptions {
  /** Only among the values of these dimensions. */
  dimensions?: readonly string[];
  /** The most that are found. 50 if not given. */
  limit?: number;
  /** Other words for a word of the text, which is folded as by `fold`: what is found by them comes later. */
  synonyms?: (word: string) => readonly string[];
  /** If nothing matches, find what is spelled nearly so, the nearest first. */
  near?: boolean;
}

/** A value that was found. */
export type Found = DictionaryEntry & {
  /** Its dimension. */
  dimension: string;
  /** It does not match: it is only spelled nearly so. */
  near?: true;
};

/** A text by which names are compared: full-width forms as ASCII, hiragana as katakana, small letters, no accents. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));
}

interface Indexed {
  value: Found;
  name: string;
  /** The name without what people leave out or add: dots, hyphens, spaces. */
  bare: string;
  /** Both labels, one a line. */
  labels: string;
  words: readonly string[];
  /** Labels of everything above. */
  above: string;
}

/** An index of dictionaries. It answers at once, as is needed while somebody types; `Release.search` makes one by itself. */
export class SearchIndex {
  readonly #dimensions: ReadonlySet<string>;
  readonly #values: Indexed[] = [];

  /** Of dictionaries by the names of their dimensions. Onsets are found by their codes, and the root is not found. */
  constructor(dictionaries: ReadonlyMap<string, readonly DictionaryEntry[]>) {
    this.#dimensions = new Set(dictionaries.keys());
    for (const [dimension, entries] of dictionaries) {
      const above = aboveEach(entries);
      for (const entry of entries) {
        if (entry.onset || entry.name === '*') continue;
        const name = fold(entry.name);
        const labels = labelsOf(entry);
        this.#values.push({
          value: { ...entry, dimension },
          name,
          bare: bare(name),
          labels,
          words: labels.split(/[\s,()・/-]+/).filter((word) => word !== ''),
          above: above(entry.name),
        });
      }
    }
  }

  /**
   * The values that have every word of a text, in their name, a label, or a label of what is above them; the best first, and
   * alike ones in the order of their dictionary.
   */
  find(text: string, options: SearchOptions = {}): Found[] {
    const { limit = 50, synonyms } = options;
    const among = this.#among(options);
    if (typeof text !== 'string') throw failed('invalid_query', say('ask.search', { type: typeof text }), say('hint.search'));
    if (!(limit >= 0)) throw failed('invalid_query', say('ask.limit', { limit: String(limit) }), say('hint.limit'));
    const words = fold(text).split(/[\s,、・]+/).filter((word) => word !== '');
    if (words.length === 0) return [];
    const wanted = words.map((word) => [word, ...(synonyms?.(word) ?? [])].map((choice) => ({ choice, bare: bare(choice) })));
    const found: { value: Found; score: number }[] = [];
    for (const one of among) {
      let total = 0;
      for (const choices of wanted) {
        const best = Math.max(...choices.map((choice, i) => score(one, choice.choice, choice.bare) - (i > 0 ? 1 : 0)));
        if (best <= 0) {
          total = 0;
          break;
        }
        total += best;
      }
      if (total > 0) found.push({ value: one.value, score: total });
    }
    if (found.length === 0 && options.near) return this.#near(text, among).slice(0, limit);
    return found.sort((a, b) => b.score - a.score).slice(0, limit).map(({ value }) => value);
  }

  #near(text: string, among: readonly Indexed[]): Found[] {
    const typed = bare(fold(text));
    if (typed === '' || typed.length > 60) return [];
    const found: { value: Found; far: number }[] = [];
    for (const one of among) {
      const far = Math.min(farOfCode(typed, one.bare), ...one.words.map((word) => farOfWord(typed, word)));
      if (far < 1) found.push({ value: { ...one.value, near: true }, far });
    }
    return found.sort((a, b) => a.far - b.far).map(({ value }) => value);
  }

  #among({ dimensions }: SearchOptions): readonly Indexed[] {
    if (!dimensions) return this.#values;
    const unknown = dimensions.find((name) => !this.#dimensions.has(name));
    if (unknown !== undefined) throw unknownDimension(unknown, [...this.#dimensions]);
    return this.#values.filter(({ value }) => dimensions.includes(value.dimension));
  }
}

/** What is said of a dimension that a release does not have. */
export function unknownDimension(name: string, names: readonly string[]): NinzuError {
  return new NinzuError('unknown_name', `there is no dimension \`${name}\``, {
    code: 'query.unknown_dimension',
    args: { word: name },
    hint: `the dimensions are ${names.map((one) => `\`${one}\``).join(', ')}`,
    hintCode: 'hint.dimensions',
    hintArgs: { names: names.map((one) => ({ name: one })), more: '' },
  });
}

/** The labels of what is above a value, each once; a value may have several parents. */
function aboveEach(entries: readonly DictionaryEntry[]): (name: string) => string {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return (name) => {
    const seen = new Set(byName.get(name)?.parents);
    // What is added while a set is walked is walked too.
    for (const parent of seen) for (const next of byName.get(parent)?.parents ?? []) seen.add(next);
    seen.delete('*');
    return [...seen].map((parent) => labelsOf(byName.get(parent)!)).join('\n');
  };
}

function labelsOf({ label }: DictionaryEntry): string {
  return fold(`${label.en}\n${label.ja}`);
}

function bare(text: string): string {
  return text.replace(/[\s._-]+/g, '');
}

function score({ name, bare, labels, above }: Indexed, word: string, bareWord: string): number {
  if (name === word) return 12;
  if (name.startsWith(word) || (bareWord !== '' && bare.startsWith(bareWord))) return bare === bareWord ? 11 : 10;
  const at = labels.indexOf(word);
  if (at === 0 || labels[at - 1] === '\n') return 9;
  if (at > 0) return /[\p{L}\p{N}]/u.test(labels[at - 1]!) ? 6 : 8;
  if (name.includes(word)) return 5;
  return above.includes(word) ? 3 : 0;
}

/** How far a code is from one that does not exist: 1 or more is too far. A code is a path, so that its beginning counts most. */
function farOfCode(typed: string, name: string): number {
  let same = 0;
  while (same < typed.length && same < name.length && typed[same] === name[same]) same++;
  // The beginning alone: `G41x` and G41 or G40, but not G20.
  const path = same >= Math.min(2, name.length) && same > 0 ? (Math.max(typed.length, name.length) - same) / (same + 2) : 1;
  return Math.min(path, farOfWord(typed, name));
}

/** How far two words are, by letters that are wrong, missing, too many or exchanged: one of three, or two of six, are not too far. */
function farOfWord(typed: string, word: string): number {
  const most = Math.min(2, Math.floor(Math.max(typed.length, word.length) / 3));
  if (word === '' || Math.abs(typed.length - word.length) > most) return 1;
  const edits = distance(typed, word);
  return edits <= most ? edits / (most + 1) : 1;
}

/** How many letters must change to make one word of another; exchanging two neighbours is one change. */
function distance(a: string, b: string): number {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1, isExchange ? before[j - 2]! + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
