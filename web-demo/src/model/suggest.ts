// What to write instead, where the engine knows it.
import type { NinzuError } from 'ninzu/worker';

/** A name that may stand in the place of one that is not known, and the text with it. */
export interface Suggestion {
  name: string;
  text: string;
}

/** The texts with the names that an error's hint offers. */
export function suggestions({ span, hint }: NinzuError, text: string): Suggestion[] {
  if (!span || !hint || !/^(did you mean|the codes that begin so are) /.test(hint)) return [];
  const names = [...hint.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
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
