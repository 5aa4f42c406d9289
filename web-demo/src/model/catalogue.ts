// What can be asked: dimensions, their values, labels and hierarchy, as the package hands them out.
import { fold, SearchIndex, type Description, type DictionaryEntry, type DimensionDescription, type Label, type Release } from 'ninzu/worker';

import type { Names } from './cohort';
import { synonymsOf } from './synonyms';

/** The root of a dimension of codes: any of them. */
const ROOT = '*';

/** How many codes are offered that are only spelled nearly so. */
const NEAR = 6;

/** A value or code. */
export interface Code {
  dimension: string;
  name: string;
  label: Label;
  /** The codes directly above and below it, without the root and onsets. */
  parents: readonly string[];
  children: string[];
  /** The stages for which its first record may be asked for. */
  onsets: string[];
}

/** A dimension with its values in order, the root left out. */
export interface Dimension extends DimensionDescription {
  codes: Code[];
}

/** Everything that can be asked of a release. */
export class Catalogue implements Names {
  readonly dimensions: readonly Dimension[];
  readonly #index: SearchIndex;
  readonly #codes = new Map<string, Code>();
  readonly #named = new Map<string, string>();

  constructor(dimensions: readonly Dimension[], index: SearchIndex) {
    this.dimensions = dimensions;
    this.#index = index;
    for (const dimension of dimensions) {
      this.#name('', dimension.name, dimension.label);
      for (const code of dimension.codes) {
        this.#codes.set(key(dimension.name, code.name), code);
        this.#name(dimension.name, code.name, code.label);
      }
    }
  }

  /** Reads the dictionaries of a release. */
  static async read(release: Release, { dimensions }: Description, signal: AbortSignal): Promise<Catalogue> {
    const entries = await Promise.all(dimensions.map(({ name }) => release.dictionary(name, { signal })));
    const index = new SearchIndex(new Map(dimensions.map(({ name }, i) => [name, entries[i]!])));
    return new Catalogue(dimensions.map((one, i) => ({ ...one, codes: codesOf(one.name, entries[i]!) })), index);
  }

  get partitions(): Dimension[] {
    return this.dimensions.filter((dimension) => dimension.kind === 'partition');
  }

  /** The dimension along which lives go, or else any ordered one. */
  get stages(): Dimension | undefined {
    return this.partitions.find((one) => one.role === 'life_stage') ?? this.partitions.find((one) => one.ordered);
  }

  get(dimension: string): Dimension | undefined {
    return this.dimensions.find((one) => one.name === dimension);
  }

  /** A code; `CODE@stage` too. */
  code(dimension: string, name: string): Code | undefined {
    return this.#codes.get(key(dimension, name));
  }

  /** The codes above one, from the top; of several ways, the one over the first parents. */
  above(code: Code): Code[] {
    const path: Code[] = [];
    const parent = ({ dimension, parents: [first] }: Code): Code | undefined => (first === undefined ? undefined : this.code(dimension, first));
    for (let up = parent(code); up && path.length < 20; up = parent(up)) path.unshift(up);
    return path;
  }

  /** The codes that match a text, best first; if there are none, a few that are called nearly so. */
  find(text: string): { codes: Code[]; isNear: boolean } {
    const found = this.#index.find(text, { limit: Infinity, synonyms: synonymsOf, near: true });
    const isNear = found[0]?.near === true;
    const codes = found.flatMap(({ dimension, name }) => this.code(dimension, name) ?? []);
    return { codes: isNear ? codes.slice(0, NEAR) : codes, isNear };
  }

  dimension(name: string): string {
    return this.#named.get(key('', fold(name))) ?? name;
  }

  value(dimension: string, name: string): string {
    if (this.#codes.has(key(dimension, name))) return name;
    return this.#named.get(key(dimension, fold(name))) ?? name;
  }

  #name(dimension: string, name: string, label: Label): void {
    for (const text of [name, label.en, label.ja]) {
      const place = key(dimension, fold(text));
      if (!this.#named.has(place)) this.#named.set(place, name);
    }
  }
}

function key(dimension: string, name: string): string {
  return `${dimension}\n${name}`;
}

/** The codes of a dictionary. Onsets are listed with their code, and findable, but not in its order. */
function codesOf(dimension: string, entries: readonly DictionaryEntry[]): Code[] {
  const codes = new Map<string, Code>();
  for (const { name, label, parents } of entries) {
    if (name === ROOT) continue;
    const en = label.en || name;
    codes.set(name, { dimension, name, label: { en, ja: label.ja || en }, parents: parents.filter((parent) => parent !== ROOT), children: [], onsets: [] });
  }
  for (const { name, parents, onset } of entries) {
    if (onset) codes.get(onset.code)?.onsets.push(onset.stage);
    else for (const parent of parents) codes.get(parent)?.children.push(name);
  }
  return [...codes.values()];
}

/** Whether a name says when its code was first recorded. */
export function isOnset(name: string): boolean {
  return name.lastIndexOf('@') > 0;
}
