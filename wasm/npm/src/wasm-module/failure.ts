// What the module throws, in words.
import { NinzuError, type NinzuErrorKind } from '../error.js';
import { en } from '../messages/en.js';
import { worded, type Message } from '../messages/message.js';

/** An error as the module throws it: JSON. */
interface Failure {
  kind: NinzuErrorKind;
  message: Message;
  span?: [number, number];
  hint?: Message;
}

/** What the module threw, as a {@link NinzuError}. */
export function translated(thrown: unknown): unknown {
  if (typeof thrown !== 'string') return thrown;
  let failure: Failure;
  try {
    failure = JSON.parse(thrown) as Failure;
  } catch {
    return new NinzuError('internal', thrown);
  }
  const { kind, message, span, hint } = failure;
  return new NinzuError(kind, worded(message, en), {
    code: message.code,
    ...(message.args && { args: message.args }),
    ...(span && { span }),
    ...(hint && { hint: worded(hint, en), hintCode: hint.code, ...(hint.args && { hintArgs: hint.args }) }),
  });
}
