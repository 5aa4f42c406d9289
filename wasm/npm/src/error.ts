import type { ErrorKind } from './types.js';

/** Sorts of errors: those of the engine, and those of fetching and of the module itself. */
export type NinzuErrorKind =
  | ErrorKind
  /** The module stopped, and can answer nothing more; a worker is replaced by itself. */
  | 'crashed'
  /** The release was disposed of. */
  | 'disposed';

/** What went wrong, where, and what to do about it. Messages never print a withheld value. */
export class NinzuError extends Error {
  override readonly name = 'NinzuError';
  /** What sort of error it is. */
  readonly kind: NinzuErrorKind;
  /** The part of the query's text that it is about: `text.slice(...span)`. */
  readonly span?: [number, number];
  /** How to mend it. */
  readonly hint?: string;

  constructor(kind: NinzuErrorKind, message: string, more: { span?: [number, number]; hint?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.kind = kind;
    if (more.span) this.span = more.span;
    if (more.hint) this.hint = more.hint;
  }

  /** The parts that pass between threads. */
  plain(): PlainError {
    const { kind, message, span, hint } = this;
    return { kind, message, ...(span && { span }), ...(hint && { hint }) };
  }
}

/** A {@link NinzuError} as a plain object. */
export interface PlainError {
  kind: NinzuErrorKind;
  message: string;
  span?: [number, number];
  hint?: string;
}

/** An error from its parts. */
export function revived(plain: PlainError): NinzuError {
  return new NinzuError(plain.kind, plain.message, plain);
}

/** What a question to a release that is gone hears. */
export function disposed(): NinzuError {
  return new NinzuError('disposed', 'the release was disposed of');
}

/** What the module or the host threw, as a {@link NinzuError}. Aborts stay what they are. */
export function translated(thrown: unknown): unknown {
  if (typeof thrown === 'string') {
    // The module throws errors as JSON.
    return revived(JSON.parse(thrown) as PlainError);
  }
  return thrown;
}
