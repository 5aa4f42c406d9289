// Browsers refuse workers for several reasons, and say little of them.
import { NinzuError, reasonOf } from '../error.js';

const HINT =
  "a worker's script must come from the page's own origin, with the scripts beside it: serve the package's `dist/` folder there and say " +
  "where with `workerUrl`, or use the entry `ninzu`, which needs no worker; `vite dev` before Vite 8 finds it with `optimizeDeps: { exclude: ['ninzu'] }`";

/** What makes addresses of scripts where the page's policy asks for that (Trusted Types). */
interface Policies {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): unknown };
}

let policy: ReturnType<Policies['createPolicy']> | undefined;

/** The worker that `create` starts. */
export function startWorker(create: () => Worker): Worker {
  if (typeof Worker === 'undefined') {
    throw new NinzuError('unsupported', 'this place has no workers', { hint: 'use the entry `ninzu` in a page, and `ninzu/node` in Node' });
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
  return new NinzuError('unsupported', `the policy of this page (Trusted Types) forbids the worker: ${reasonOf(cause)}`, {
    hint: 'allow the policy of this package, as in `trusted-types ninzu`, or use the entry `ninzu`, which needs no worker',
    cause,
  });
}

/** What is said of a worker that could not be started. */
export function unstarted(why: string, cause?: unknown): NinzuError {
  return new NinzuError(cause === undefined ? 'io' : 'unsupported', `the worker cannot be started: ${why}`, { hint: HINT, ...(cause !== undefined && { cause }) });
}
