import { type Argument, type Catalogue, type Message, worded } from './messages/message.js';
import { ownEn } from './messages/own-en.js';
import type { ErrorKind } from './types.js';

/** Sorts of errors: those of the engine, and those of fetching and of the module itself. */
export type NinzuErrorKind =
  | ErrorKind
  /** The module stopped in the middle of its work, and can answer nothing more; a worker is replaced by itself. */
  | 'crashed'
  /** What should not happen; `cause` says what. */
  | 'internal'
  /** The release carries no signature of a key that the caller trusts. */
  | 'untrusted'
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
  /** What the message is, for programs. Codes stay the same from version to version. */
  readonly code?: string;
  /** What the message speaks of, by name. */
  readonly args?: Readonly<Record<string, Argument>>;
  /** What the hint is. */
  readonly hintCode?: string;
  /** What the hint speaks of. */
  readonly hintArgs?: Readonly<Record<string, Argument>>;

  constructor(kind: NinzuErrorKind, message: string, more: Omit<PlainError, 'kind' | 'message'> & { cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.kind = kind;
    if (more.span) this.span = more.span;
    if (more.hint) this.hint = more.hint;
    if (more.code) this.code = more.code;
    if (more.args) this.args = more.args;
    if (more.hintCode) this.hintCode = more.hintCode;
    if (more.hintArgs) this.hintArgs = more.hintArgs;
  }

  /** The message and the hint in the words of a catalogue, such as `ja` of `ninzu/messages/ja`; in English what it does not have. */
  in(catalogue: Catalogue): { message: string; hint?: string } {
    const { message, hint, code, args, hintCode, hintArgs } = this;
    const say = (own: string, of: string | undefined, about: Message['args']): string =>
      of !== undefined && Object.hasOwn(catalogue, of) ? worded({ code: of, ...(about && { args: about }) }, catalogue) : own;
    return { message: say(message, code, args), ...(hint !== undefined && { hint: say(hint, hintCode, hintArgs) }) };
  }

  /** The parts that pass between the page and its worker. */
  plain(): PlainError {
    const { kind, message, span, hint, code, args, hintCode, hintArgs } = this;
    return {
      kind,
      message,
      ...(span && { span }),
      ...(hint && { hint }),
      ...(code && { code }),
      ...(args && { args }),
      ...(hintCode && { hintCode }),
      ...(hintArgs && { hintArgs }),
    };
  }
}

/** What a source throws for a file that is not there. */
export class MissingFile extends NinzuError {
  constructor(message: OwnMessage, hint: OwnMessage, cause?: unknown) {
    super('io', worded(message, ownEn), parts(message, hint, cause));
  }
}

/** A message of the package itself. */
export interface OwnMessage extends Message {
  code: keyof typeof ownEn;
}

/** A message of the package: its code, and what it speaks of. */
export function say(code: OwnMessage['code'], args?: Message['args']): OwnMessage {
  return { code, ...(args && { args }) };
}

/** An error of the package: what happened, how to mend it, and what caused it. */
export function failed(kind: NinzuErrorKind, message: OwnMessage, hint?: OwnMessage, cause?: unknown): NinzuError {
  return new NinzuError(kind, worded(message, ownEn), parts(message, hint, cause));
}

function parts({ code, args }: OwnMessage, hint: OwnMessage | undefined, cause: unknown): Omit<PlainError, 'kind' | 'message'> & { cause?: unknown } {
  return {
    code,
    ...(args && { args }),
    ...(hint && { hint: worded(hint, ownEn), hintCode: hint.code, ...(hint.args && { hintArgs: hint.args }) }),
    cause,
  };
}

/** A {@link NinzuError} as a plain object. */
export interface PlainError {
  kind: NinzuErrorKind;
  message: string;
  span?: [number, number];
  hint?: string;
  code?: string;
  args?: Readonly<Record<string, Argument>>;
  hintCode?: string;
  hintArgs?: Readonly<Record<string, Argument>>;
}

/** An error from its parts. */
export function revived(plain: PlainError): NinzuError {
  return new NinzuError(plain.kind, plain.message, plain);
}

/** What rejects a question to a release that is gone. */
export function disposed(): NinzuError {
  return failed('disposed', say('release.disposed'));
}

/** What a browser or Node says of a failure. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  // Node names the reason of a failed fetch in its cause.
  const { cause, message } = thrown;
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message || thrown.name;
}

/** Whether something was thrown because a signal ended it. */
export function isEnd(thrown: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && (thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError'));
}

/** What callers are told: our errors and the ends of their signals as they are, and nothing else as it was thrown. */
export function forCaller(thrown: unknown, signal?: AbortSignal): unknown {
  if (thrown instanceof NinzuError) return thrown;
  if (signal && isEnd(thrown, signal)) return signal.reason;
  return failed('internal', say('internal', { reason: reasonOf(thrown) }), say('hint.report'), thrown);
}

/** Does some work so that nothing is thrown that is not for the caller. */
export async function guarded<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw forCaller(thrown, signal);
  }
}
