// Changes to a cohort: each makes a new one.
import { alike, item, type Cohort, type Criterion, type Group, type Item } from './cohort';

/** The items with one replaced by others; a group that this empties goes too. */
function replaced(items: readonly Item[], id: number, by: (old: Item) => readonly Item[]): Item[] {
  return items.flatMap((one) => {
    if (one.id === id) return by(one);
    if (one.kind !== 'group') return [one];
    const inner = replaced(one.items, id, by);
    if (inner.length === 0 && one.items.length > 0) return [];
    return [{ ...one, items: inner }];
  });
}

/** Without an item. */
export function remove(cohort: Cohort, id: number): Cohort {
  return { ...cohort, items: replaced(cohort.items, id, () => []) };
}

/** An item with another content. */
export function change(cohort: Cohort, id: number, content: Criterion | Group): Cohort {
  return { ...cohort, items: replaced(cohort.items, id, (old) => [{ ...content, id: old.id, not: old.not }]) };
}

/** An item taken instead of excluded, or the other way round. */
export function turn(cohort: Cohort, id: number): Cohort {
  return { ...cohort, items: replaced(cohort.items, id, (old) => [{ ...old, not: !old.not }]) };
}

/** An item put into a group of alternatives of its own. */
export function wrap(cohort: Cohort, id: number): { cohort: Cohort; group: number } {
  let made = 0;
  const items = replaced(cohort.items, id, (old) => {
    const group = item({ kind: 'group', join: 'or', n: 2, items: [{ ...old, not: false }] }, old.not);
    made = group.id;
    return [group];
  });
  return { cohort: { ...cohort, items }, group: made };
}

/** With an item more, in the sentence itself or in a group. What is there already is only turned if it must be. */
export function add(cohort: Cohort, one: Item, into?: number): Cohort {
  const added = (items: readonly Item[]): Item[] => {
    const same = items.find((other) => other.kind !== 'group' && alike(other, one));
    if (!same) return [...items, one];
    return items.map((other) => (other === same ? { ...other, not: one.not } : other));
  };
  if (into === undefined) return { ...cohort, items: added(cohort.items) };
  return {
    ...cohort,
    items: replaced(cohort.items, into, (old) => [old.kind === 'group' ? { ...old, items: added(old.items) } : old]),
  };
}

/** The item of the sentence that says which values of a partition people have, if one does. */
export function slot({ items }: Cohort, dimension: string): Item | undefined {
  return items.find((one) => !one.not && (one.kind === 'values' || one.kind === 'range') && one.dimension === dimension);
}

/** People with just these values of a partition; none: with any. */
export function fill(cohort: Cohort, dimension: string, values: readonly string[]): Cohort {
  const old = slot(cohort, dimension);
  if (values.length === 0) return old ? remove(cohort, old.id) : cohort;
  const content: Criterion = { kind: 'values', dimension, values };
  if (old) return change(cohort, old.id, content);
  // Who people are comes before what they have.
  return { ...cohort, items: [item(content), ...cohort.items] };
}
