// What the module throws, in words.
import { NinzuError, type NinzuErrorKind } from '../error.js';
import { en as engineEn } from '../messages/engine-en.js';
import { worded, type Argument, type Message } from '../messages/message.js';
import { ownEn } from '../messages/own-en.js';

const en = { ...engineEn, ...ownEn };

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
  const { kind, span, hint } = failure;
  const message = withPolicy(failure.message);
  return new NinzuError(kind, worded(message, en), {
    code: message.code,
    ...(message.args && { args: message.args }),
    ...(span && { span }),
    ...(hint && { hint: worded(hint, en), hintCode: hint.code, ...(hint.args && { hintArgs: hint.args }) }),
  });
}

/** What is said of policies without what they hold. */
const OF_POLICIES: Readonly<Record<string, string>> = {
  'policy.hides_nothing': 'descriptor.hides_nothing',
  'policy.decoy': 'descriptor.decoy',
  'policy.preset': 'descriptor.preset',
};

/** A descriptor is refused in the words of a library; of a policy that is refused, these are its code alone, and where it ends. */
function withPolicy(message: Message): Message {
  const { code, args = {} } = message;
  const reason = code === 'release.no_descriptor' && typeof args['reason'] === 'string' ? args['reason'] : '';
  const [, policy, line, column] = /^(policy\.[a-z_]+)(?: at line (\d+) column (\d+))?$/.exec(reason) ?? [];
  if (policy === undefined) return message;
  const what: Argument = { code: OF_POLICIES[policy] ?? policy };
  const at: Argument = line === undefined ? what : { code: 'descriptor.at', args: { what, line: Number(line), column: Number(column) } };
  return { ...message, args: { ...args, reason: at } };
}
