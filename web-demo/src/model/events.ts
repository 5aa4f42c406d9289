// What elements and sessions dispatch. Whoever listens on an element gets an event with its type.
import type { Answer, NinzuError, QueryJson } from 'ninzu/worker';

import type { Settings } from './settings';

/** The details of the events by their names. */
export interface NinzuEvents {
  /** The cohort is another one. */
  'ninzu-query': { text: string; query: QueryJson };
  /** Its answer, as `ninzu query --format json` prints it. */
  'ninzu-result': { answer: Answer };
  /** Something cannot be read, opened or answered. */
  'ninzu-error': { error: NinzuError };
  /** The reader chose a language or colours. */
  'ninzu-settings': Settings;

  // Between the elements of one page.

  /** Something is to be added: into the cohort, or into a group. */
  'ninzu-add': { into?: number } | undefined;
  'ninzu-add-end': undefined;
  'ninzu-added': undefined;
  'ninzu-close': undefined;
  'ninzu-change-text': undefined;
}

/** An event by its name; it leaves the tree in which it is dispatched. */
export function eventOf<K extends keyof NinzuEvents>(type: K, detail: NinzuEvents[K]): CustomEvent<NinzuEvents[K]> {
  return new CustomEvent(type, { detail, bubbles: true, composed: true });
}

type Listened = { [K in keyof NinzuEvents]: CustomEvent<NinzuEvents[K]> };

declare global {
  interface HTMLElementEventMap extends Listened {}
}
