// What to write instead, where the engine knows it.
import type { NinzuError } from 'ninzu/worker';

/** A name that may stand in the place of one that is not known, and the text with it. */
export interface Suggestion {
  name: string;
  text: string;
}

/** The hints that offer names. */
const OFFERS = ['hint.did_you_mean', 'hint.codes_begin_so'];

/** The texts with the names that an error's hint offers. */
export function suggestions({ span, hintCode, hintArgs }: NinzuError, text: string): Suggestion[] {
  if (!span || !hintCode || !OFFERS.includes(hintCode)) return [];
  const names = [hintArgs?.['names'] ?? []].flat().flatMap((one) => (typeof one === 'object' && 'name' in one ? [one.name] : []));
  return names.slice(0, 5).map((name) => ({ name, text: text.slice(0, span[0]) + written(name) + text.slice(span[1]) }));
}

/** A name as queries have it. */
function written(name: string): string {
  return /^[\p{L}\p{N}_.@*/-]+$/u.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** How much of a text is shown on each side of a place. */
const AROUND = 300;

/** A part of a text and what stands around it. */
export function placed(text: string, [start, end]: readonly [number, number]): [before: string, at: string, after: string] {
  const before = start > AROUND ? `…${text.slice(start - AROUND, start)}` : text.slice(0, start);
  const at = end - start > AROUND ? `${text.slice(start, start + AROUND)}…` : text.slice(start, end);
  const after = text.length - end > AROUND ? `${text.slice(end, end + AROUND)}…` : text.slice(end);
  return [before, at, after];
}
