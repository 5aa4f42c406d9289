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
  labels: string;
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
        const above = catalogue.above(code).map((up) => `${up.label.en} ${up.label.ja}`);
        this.#entries.push({
          code,
          name: folded(code.name),
          labels: folded(`${code.label.en}\n${code.label.ja}`),
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
