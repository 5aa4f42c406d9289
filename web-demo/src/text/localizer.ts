// What is said, in the language of the page.
import type { Answer, Label, NinzuError, Status } from 'ninzu/worker';

import type { Catalogue, Code } from '../model/catalogue';
import { visible } from '../model/visible';
import { needed, type Cohort, type Item } from '../model/cohort';
import { en } from './en';
import { ja } from './ja';
import { JAPANESE } from './messages';
import type { Parts, Strings } from './strings';

export type Language = 'en' | 'ja';

/** A count as any answer has it. */
export interface Counted {
  lower: number | null;
  upper: number | null;
  estimate?: number | null;
  status: Status;
}

const STRINGS: Record<Language, Strings> = { en, ja };

/** The language that a page, an element or a browser asks for. */
export function languageOf(text: string | null | undefined): Language {
  return (text ?? '').toLowerCase().startsWith('ja') ? 'ja' : 'en';
}

export class Localizer {
  readonly t: Strings;
  readonly #numbers: Intl.NumberFormat;
  #days: Intl.DateTimeFormat | undefined;

  constructor(
    readonly language: Language,
    readonly catalogue?: Catalogue,
  ) {
    this.t = STRINGS[language];
    this.#numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  }

  n(count: number): string {
    return this.#numbers.format(count);
  }

  label(label: Label): string {
    const text = visible(label[this.language] || label.en);
    // Labels come from files; ages are set as ranges are.
    return this.language === 'en' ? text.replace(/(\d)-(\d)/g, '$1–$2') : text;
  }

  /** A label without what it has in parentheses at its end, and that. */
  splitLabel(label: Label): [name: string, detail: string] {
    const text = this.label(label);
    const match = /^(.+?)\s*[（(]([^（）()]+)[）)]$/.exec(text);
    return match ? [match[1]!, match[2]!] : [text, ''];
  }

  day(date: Date): string {
    this.#days ??= new Intl.DateTimeFormat(this.language, { dateStyle: 'long' });
    return this.#days.format(date);
  }

  // Counts.

  /** A count, as short as it can be said. */
  short(count: Counted): string {
    const { lower, upper, status } = count;
    if (status === 'not_collected' || lower === null) return this.t.notCollected;
    if (upper === null) return this.t.orMore(this.n(lower));
    if (upper === 0) return this.t.nobody;
    if (lower === upper) return this.n(lower);
    if (status === 'below_threshold' && lower === 0) return this.t.fewerThan(this.n(upper + 1));
    return this.t.range(this.n(lower), this.n(upper));
  }

  /** The same, as the headline has it. */
  headline({ lower, upper, status }: Counted): Parts {
    const { headline } = this.t;
    if (status === 'not_collected' || lower === null) return headline.none;
    if (upper === null) return headline.more(this.n(lower));
    if (lower === upper) return headline.exact(this.n(lower), lower === 1);
    if (status === 'below_threshold' && lower === 0) return headline.fewer(this.n(upper + 1));
    return headline.range(this.t.range(this.n(lower), this.n(upper)));
  }

  /** The same, as it is spoken. */
  spoken(count: Counted): string {
    const { lower, upper, status, estimate } = count;
    const { spoken } = this.t;
    if (status === 'not_collected' || lower === null) return spoken.none;
    if (upper === null) return spoken.more(this.n(lower));
    if (upper === 0) return spoken.nobody;
    if (lower === upper) return spoken.exact(this.n(lower), lower === 1);
    if (status === 'below_threshold' && lower === 0) return spoken.fewer(this.n(upper + 1));
    const about = estimate === null || estimate === undefined ? '' : spoken.about(this.n(estimate));
    return spoken.range(this.n(lower), this.n(upper)) + about;
  }

  /** `about 128`, where there is a guess that says more than the bounds. */
  about({ lower, upper, estimate, status }: Counted): string {
    if (estimate === null || estimate === undefined || status === 'not_collected' || lower === upper) return '';
    return this.people(this.t.about(this.n(estimate)));
  }

  people(n: string): string {
    return this.language === 'ja' ? `${n}人` : n;
  }

  persons({ answer: { persons, status } }: Answer): string {
    const { lower, upper } = persons;
    return this.t.persons(this.withUnit(this.short({ lower, upper, status: upper === lower ? 'exact' : status })));
  }

  withUnit(short: string): string {
    if (this.language === 'en') return short;
    return short.startsWith('<') ? `${short.slice(1)}人未満` : /\d$/.test(short) ? `${short}人` : short;
  }

  /** What is wrong, and what to do; in English what has no words in the language of the page. */
  error(error: NinzuError): ReturnType<NinzuError['in']> {
    return error.in(this.language === 'ja' ? JAPANESE : {});
  }

  // Names.

  dimension(name: string): string {
    const dimension = this.catalogue?.get(name);
    return dimension ? this.label(dimension.label) : visible(name);
  }

  value(dimension: string, name: string): string {
    const code = this.catalogue?.code(dimension, name);
    return code ? this.label(code.label) : visible(name);
  }

  /** A code as it is called in a sentence: its label, and its name where that is how people know it. */
  code(code: Code): string {
    return this.label(code.label);
  }

  /** What an item says, without whether it is taken or excluded. */
  item(one: Item): string {
    const { t } = this;
    switch (one.kind) {
      case 'has':
        return t.anyCode(this.dimension(one.dimension));
      case 'range': {
        const [from, to] = [one.from, one.to].map((name) => name && this.#stage(one.dimension, name));
        return from && to ? (from === to ? from : t.to(from, to)) : from ? t.from(from) : t.until(to ?? '');
      }
      case 'values': {
        const isCode = this.catalogue?.get(one.dimension)?.kind === 'codes';
        return one.values.map((name) => (isCode ? this.value(one.dimension, name) : this.#stage(one.dimension, name))).join(` ${t.or} `);
      }
      case 'group':
        return this.language === 'ja'
          ? `${this.join(one)}（${one.items.map((inner) => this.itemWords(inner)).join('、')}）`
          : `${this.join(one)} (${one.items.map((inner) => (inner.not ? this.itemWords(inner) : this.item(inner))).join(', ')})`;
    }
  }

  /** An item with whether it is taken or excluded. */
  itemWords(one: Item): string {
    const { before, after } = this.around(one);
    return [before, this.item(one), after].filter((part) => part !== '').join(this.language === 'en' ? ' ' : '');
  }

  /** The words that stand around an item in the sentence. */
  around(one: Item): { before: string; after: string } {
    const { t } = this;
    const isPartition = one.kind !== 'group' && this.catalogue?.get(one.dimension)?.kind === 'partition';
    if (one.kind === 'group') return one.not ? t.withoutGroup : t.withGroup;
    if (isPartition) return one.not ? t.notBeing : t.being;
    return one.not ? t.without : t.with;
  }

  join(one: Extract<Item, { kind: 'group' }>): string {
    const { joins } = this.t;
    return one.join === 'at_least' ? joins.at_least(Math.max(1, one.items.length > 0 ? needed(one) : one.n)) : joins[one.join];
  }

  /** The whole sentence. */
  sentence({ items }: Cohort): string {
    if (items.length === 0) return this.t.stepsEveryone;
    return items.map((one) => this.itemWords(one)).join(this.language === 'en' ? ', and ' : '、かつ');
  }

  #stage(dimension: string, name: string): string {
    const code = this.catalogue?.code(dimension, name);
    return code ? this.label(code.label) : visible(name);
  }
}
