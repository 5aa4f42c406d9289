// Finding codes by what people call them, in either language.
import type { Catalogue, Code } from './catalogue';
import { synonymsOf } from './synonyms';

/** A text by which names are compared: full-width forms as ASCII, hiragana as katakana, small letters, no accents. */
export function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));
}

interface Entry {
  code: Code;
  name: string;
  /** The name without what people leave out or add: dots, hyphens, spaces. */
  bare: string;
  labels: string;
  /** The labels' words. */
  words: readonly string[];
  /** Labels of the codes above. */
  above: string;
}

/** An index over all codes of a catalogue; onsets are found by their codes. */
export class SearchIndex {
  readonly #entries: Entry[] = [];

  constructor(catalogue: Catalogue) {
    for (const dimension of catalogue.dimensions) {
      for (const code of dimension.codes) {
        if (code.name.includes('@')) continue;
        const labels = folded(`${code.label.en}\n${code.label.ja}`);
        const above = catalogue.above(code).map((up) => `${up.label.en} ${up.label.ja}`);
        this.#entries.push({
          code,
          name: folded(code.name),
          bare: bare(folded(code.name)),
          labels,
          words: labels.split(/[\s,()（）・/-]+/).filter((word) => word !== ''),
          above: folded(above.join('\n')),
        });
      }
    }
  }

  /** Codes that have every word, in their own name or label or in those above, best first. */
  find(text: string): Code[] {
    const words = folded(text).split(/[\s,、・]+/).filter((word) => word !== '');
    if (words.length === 0) return [];
    const wanted = words.map((word) => [word, ...synonymsOf(word)]);
    const found: { code: Code; score: number }[] = [];
    for (const entry of this.#entries) {
      let total = 0;
      for (const choices of wanted) {
        let best = 0;
        for (let i = 0; i < choices.length; i++) best = Math.max(best, score(entry, choices[i]!) - (i > 0 ? 1 : 0));
        if (best <= 0) {
          total = 0;
          break;
        }
        total += best;
      }
      if (total > 0) found.push({ code: entry.code, score: total });
    }
    // Sorting is stable: what is alike stays in the dictionary's order.
    return found.sort((a, b) => b.score - a.score).map((one) => one.code);
  }

  /** Codes that are called nearly so, the nearest first: for what nothing is called. */
  near(text: string, most = 6): Code[] {
    const typed = bare(folded(text));
    if (typed === '' || typed.length > 60) return [];
    const found: { code: Code; far: number }[] = [];
    for (const entry of this.#entries) {
      const far = Math.min(farOfCode(typed, entry.bare), ...entry.words.map((word) => farOfWord(typed, word)));
      if (far < 1) found.push({ code: entry.code, far });
    }
    return found.sort((a, b) => a.far - b.far).slice(0, most).map((one) => one.code);
  }
}

function bare(text: string): string {
  return text.replace(/[\s._-]+/g, '');
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

function score({ name, labels, above }: Entry, word: string): number {
  if (name === word) return 12;
  if (name.startsWith(word)) return 10;
  const at = labels.indexOf(word);
  if (at === 0 || labels[at - 1] === '\n') return 9;
  if (at > 0) return /[\p{L}\p{N}]/u.test(labels[at - 1]!) ? 6 : 8;
  if (name.includes(word)) return 5;
  return above.includes(word) ? 3 : 0;
}
