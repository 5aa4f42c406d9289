// What an answer says beside its counts.
import type { Answer } from 'ninzu/worker';

/** A code that the release does not name, and how it was counted. */
export interface UnknownCode {
  dimension: string;
  code: string;
  rule: 'rare' | 'anything';
  /** The most people at each centre; nothing if anything is possible. */
  most: number | null;
  /** Codes that are called nearly so. */
  near: readonly string[];
}

/** What must be told with an answer. */
export interface Remarks {
  unknown: readonly UnknownCode[];
  /** Whether more work may make the bounds tighter. */
  isLimited: boolean;
}

export function remarksOf(answer: Answer & { unknown_codes?: readonly UnknownCode[]; limited?: boolean }): Remarks {
  return { unknown: answer.unknown_codes ?? [], isLimited: answer.limited === true };
}
