// Browsers refuse workers for several reasons, and say little of them.
import { failed, type NinzuError, reasonOf, say } from '../error.js';
import type { Argument } from '../messages/message.js';

/** What makes addresses of scripts where the page's policy asks for that (Trusted Types). */
interface Policies {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): unknown };
}

let policy: ReturnType<Policies['createPolicy']> | undefined;

/** The worker that `create` starts. */
export function startWorker(create: () => Worker): Worker {
  if (typeof Worker === 'undefined') {
    throw failed('unsupported', say('worker.none'), say('hint.other_entry'));
  }
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  try {
    return create();
  } catch (cause) {
    if (!isUntrusted(cause)) throw unstarted(reasonOf(cause), cause);
    if (!policies) throw untrusted(cause);
  }
  try {
    policy ??= policies.createPolicy('ninzu', { createScriptURL: (url) => url });
    return trusting(policy, create);
  } catch (cause) {
    throw untrusted(cause);
  }
}

/** Bundlers need the call of `create` as it is written, so that `Worker` itself is another one for its moment. */
function trusting(trusted: ReturnType<Policies['createPolicy']>, create: () => Worker): Worker {
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(trusted.createScriptURL(String(url)) as string, options);
    }
  };
  try {
    return create();
  } finally {
    globalThis.Worker = Worker;
  }
}

function isUntrusted(thrown: unknown): boolean {
  return thrown instanceof TypeError && /trusted/i.test(thrown.message);
}

function untrusted(cause: unknown): NinzuError {
  return failed('unsupported', say('worker.untrusted', { reason: reasonOf(cause) }), say('hint.trusted_types'), cause);
}

/** What is said of a worker that could not be started. */
export function unstarted(reason: Argument, cause?: unknown): NinzuError {
  return failed(cause === undefined ? 'io' : 'unsupported', say('worker.unstarted', { reason }), say('hint.serve_worker'), cause);
}
