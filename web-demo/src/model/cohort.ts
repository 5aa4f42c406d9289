// A cohort as people build it, and as the engine's JSON form. Nothing here is changed in place.
import type { Filter, QueryJson } from 'ninzu/worker';

/** How the items of a group belong together. */
export type Join = 'and' | 'or' | 'at_least';

/** One of some values of a dimension. */
export interface Values {
  kind: 'values';
  dimension: string;
  values: readonly string[];
}

/** The values of an ordered dimension from one to another; an absent end is open. */
export interface Range {
  kind: 'range';
  dimension: string;
  from?: string;
  to?: string;
}

/** Any code of a dimension. */
export interface Has {
  kind: 'has';
  dimension: string;
}

/** Several items, of which all, any, or at least some must hold. */
export interface Group {
  kind: 'group';
  join: Join;
  /** How many must hold; only `at_least` heeds it. */
  n: number;
  items: readonly Item[];
}

/** What says something about one dimension. */
export type Criterion = Values | Range | Has;

/** A part of a sentence, taken or excluded. */
export type Item = (Criterion | Group) & { readonly id: number; readonly not: boolean };

/** Everyone for whom all items hold. */
export interface Cohort {
  items: readonly Item[];
  by: readonly string[];
}

export const EVERYONE: Cohort = { items: [], by: [] };

let ids = 0;

/** A part of a sentence. */
export function item(content: Criterion | Group, not = false): Item {
  return { ...content, id: ++ids, not };
}

/** A group of some items. */
export function group(join: Join, items: readonly Item[] = [], n = 2): Group {
  return { kind: 'group', join, n, items };
}

/** How many items of a group must hold: never more than there are. */
export function needed({ join, n, items }: Group): number {
  return join === 'and' ? items.length : join === 'or' ? 1 : Math.max(1, Math.min(n, items.length));
}

// To the engine's form.

/** The query of a cohort. Groups that are still empty say nothing. */
export function toJson({ items, by }: Cohort): QueryJson {
  const filters = filtersOf(items);
  const filter = filters.length === 0 ? undefined : filters.length === 1 ? filters[0]! : { and: filters };
  return { ...(filter !== undefined && { filter }), ...(by.length > 0 && { by: [...by] }) };
}

function filtersOf(items: readonly Item[]): Filter[] {
  return items.flatMap((one) => {
    const filter = filterOf(one);
    return filter === undefined ? [] : [one.not ? { not: filter } : filter];
  });
}

function filterOf(one: Item): Filter | undefined {
  switch (one.kind) {
    case 'has':
      return { has: one.dimension };
    case 'range':
      return { dimension: one.dimension, ...(one.from && { from: one.from }), ...(one.to && { to: one.to }) };
    case 'values': {
      const { dimension, values } = one;
      return values.length === 1 ? { dimension, is: values[0]! } : { dimension, in: [...values] };
    }
    case 'group': {
      const of = filtersOf(one.items);
      if (of.length === 0) return undefined;
      if (one.join === 'at_least') return { at_least: Math.max(1, Math.min(one.n, of.length)), of };
      if (of.length === 1) return of[0];
      return one.join === 'and' ? { and: of } : { or: of };
    }
  }
}

// From the engine's form.

/** How names in a query are called in the release: labels become codes. */
export interface Names {
  dimension(name: string): string;
  value(dimension: string, name: string): string;
}

/** The cohort of a query. */
export function fromJson({ filter, by }: QueryJson, names: Names): Cohort {
  const items = filter === undefined || filter === 'everyone' ? [] : itemsOf(filter, names);
  return { items, by: (by ?? []).map((name) => (name === 'centre' ? name : names.dimension(name))) };
}

function itemsOf(filter: Exclude<Filter, 'everyone'>, names: Names): Item[] {
  return 'and' in filter ? filter.and.map((one) => itemOf(one, names)) : [itemOf(filter, names)];
}

function itemOf(filter: Filter, names: Names): Item {
  if (filter === 'everyone') return item(group('and'));
  if ('not' in filter) {
    const inner = itemOf(filter.not, names);
    return { ...inner, not: !inner.not };
  }
  if ('and' in filter) return item(group('and', filter.and.map((one) => itemOf(one, names))));
  if ('or' in filter) return item(group('or', filter.or.map((one) => itemOf(one, names))));
  if ('at_least' in filter) return item(group('at_least', filter.of.map((one) => itemOf(one, names)), filter.at_least));
  if ('has' in filter) return item({ kind: 'has', dimension: names.dimension(filter.has) });
  const dimension = names.dimension(filter.dimension);
  const value = (name: string): string => names.value(dimension, name);
  if ('is' in filter) {
    return filter.is === '*' ? item({ kind: 'has', dimension }) : item({ kind: 'values', dimension, values: [value(filter.is)] });
  }
  if ('in' in filter) return item({ kind: 'values', dimension, values: filter.in.map(value) });
  const { from, to } = filter;
  return item({ kind: 'range', dimension, ...(from && { from: value(from) }), ...(to && { to: value(to) }) });
}

// Looking into one.

/** All items, those in groups included, as they are read. */
export function* walk(items: readonly Item[]): Generator<Item> {
  for (const one of items) {
    yield one;
    if (one.kind === 'group') yield* walk(one.items);
  }
}

/** The item of a number. */
export function find({ items }: Cohort, id: number): Item | undefined {
  for (const one of walk(items)) if (one.id === id) return one;
  return undefined;
}

/** Whether two items say the same, taken or excluded. */
export function alike(a: Item, b: Item): boolean {
  return JSON.stringify(filterOf(a)) === JSON.stringify(filterOf(b));
}
