// What can be asked: dimensions, their values, labels and hierarchy.
import type { Description, DimensionDescription, Label } from 'ninzu/worker';

import type { Names } from './cohort';
import { csvRows } from './csv';
import { hasHash, type Reader } from './files';
import { folded } from './search';

/** A value or code. */
export interface Code {
  dimension: string;
  name: string;
  label: Label;
  parent: string;
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
  readonly #codes = new Map<string, Code>();
  readonly #named = new Map<string, string>();

  constructor(dimensions: readonly Dimension[]) {
    this.dimensions = dimensions;
    for (const dimension of dimensions) {
      this.#name('', dimension.name, dimension.label);
      for (const code of dimension.codes) {
        this.#codes.set(key(dimension.name, code.name), code);
        this.#name(dimension.name, code.name, code.label);
      }
    }
  }

  /** Reads the dictionaries of a release, and checks that they are its own. */
  static async read(description: Description, read: Reader): Promise<Catalogue> {
    const descriptor = await read('datapackage.json');
    const trusted = await hasHash(descriptor, description.id);
    const { ninzu } = JSON.parse(new TextDecoder().decode(descriptor)) as { ninzu: { files: { path: string; sha256: string }[] } };
    const one = async (dimension: DimensionDescription): Promise<Dimension> => {
      const path = `dimensions/${dimension.name}.csv`;
      const bytes = await read(path);
      const expected = ninzu.files.find((file) => file.path === path)?.sha256;
      if (!trusted || !expected || !(await hasHash(bytes, expected))) throw new Error(`${path} is not the release's`);
      return { ...dimension, codes: codesOf(dimension.name, new TextDecoder().decode(bytes)) };
    };
    return new Catalogue(await Promise.all(description.dimensions.map(one)));
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

  /** The codes above one, from the top. */
  above(code: Code): Code[] {
    const path: Code[] = [];
    for (let up = this.code(code.dimension, code.parent); up && path.length < 20; up = this.code(up.dimension, up.parent)) path.unshift(up);
    return path;
  }

  dimension(name: string): string {
    return this.#named.get(key('', folded(name))) ?? name;
  }

  value(dimension: string, name: string): string {
    if (this.#codes.has(key(dimension, name))) return name;
    return this.#named.get(key(dimension, folded(name))) ?? name;
  }

  #name(dimension: string, name: string, label: Label): void {
    for (const text of [name, label.en, label.ja]) {
      const place = key(dimension, folded(text));
      if (!this.#named.has(place)) this.#named.set(place, name);
    }
  }
}

function key(dimension: string, name: string): string {
  return `${dimension}\n${name}`;
}

/** The codes of a dictionary. Onsets are listed with their code, and findable, but not in its order. */
function codesOf(dimension: string, csv: string): Code[] {
  const codes = new Map<string, Code>();
  for (const [name, parent, en, ja] of csvRows(csv).slice(1)) {
    if (!name || name === '*') continue;
    codes.set(name, { dimension, name, parent: parent ?? '', label: { en: en || name, ja: ja || en || name }, children: [], onsets: [] });
  }
  for (const code of codes.values()) {
    const at = code.name.lastIndexOf('@');
    const of = at > 0 ? codes.get(code.name.slice(0, at)) : undefined;
    if (of) of.onsets.push(code.name.slice(at + 1));
    else codes.get(code.parent)?.children.push(code.name);
  }
  return [...codes.values()];
}

/** Whether a name says when its code was first recorded. */
export function isOnset(name: string): boolean {
  return name.lastIndexOf('@') > 0;
}
