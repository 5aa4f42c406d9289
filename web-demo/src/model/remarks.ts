// What an answer says beside its counts.
import type { Answer, UnknownCode } from 'ninzu/worker';

/** What must be told with an answer. */
export interface Remarks {
  unknown: readonly UnknownCode[];
  /** Whether more work may make the bounds tighter. */
  isLimited: boolean;
}

export function remarksOf({ unknown_codes, limited }: Answer): Remarks {
  return { unknown: unknown_codes ?? [], isLimited: limited === true };
}
