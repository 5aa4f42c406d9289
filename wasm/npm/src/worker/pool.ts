import { absolute } from '../address.js';
import type { ModuleOptions } from '../wasm-module/fetch.js';
import { failed, type NinzuError, revived, say } from '../error.js';
import type { Argument } from '../messages/message.js';
import type { Message, Portable, Reply, Request } from './protocol.js';
import { startWorker, unstarted } from './start.js';

/** How long a worker may go on with what nobody waits for any more before it is replaced, in milliseconds. */
const GRACE = 400;

/** Rejects calls whose worker was replaced for somebody else's sake. They are made again. */
const REPLACED = Symbol('the worker was replaced');

/** Does some work, again if the worker is replaced in the middle of it. */
export async function lasting<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (thrown !== REPLACED) throw thrown;
    }
  }
}

/** Clients by what starts their worker: an address, or a function. */
const clients = new Map<string | (() => Worker), WorkerClient>();

/** The RPC client of one worker, which is started when it is needed, and replaced when it stops. */
export class WorkerClient {
  readonly #create: () => Worker;
  #worker: Worker | undefined;
  /** Whether the worker has ever sent something. */
  #isThere = false;
  #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #calls = 0;
  /** Runs out if the worker does not confirm that a question was cancelled. */
  #grace: ReturnType<typeof setTimeout> | undefined;
  /** In which start of the worker the module is loaded. */
  #loading: { start: number; done: Promise<unknown> } | undefined;
  /** How often a worker was started. */
  starts = 0;
  /** How many releases are open in it. */
  users = 0;

  private constructor(create: () => Worker) {
    this.#create = create;
  }

  /** The one client of a script, so that a page compiles its module once. `url`: where it was moved; else `create` knows it. */
  static of(url: string | URL | undefined, create: () => Worker): WorkerClient {
    const moved = url === undefined ? undefined : absolute(url).href;
    const key = moved ?? create;
    let client = clients.get(key);
    if (!client) {
      client = new WorkerClient(moved === undefined ? create : () => new Worker(moved, { type: 'module' }));
      clients.set(key, client);
    }
    return client;
  }

  ask(request: Request, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const worker = this.start();
    const call = ++this.#calls;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#waiting.delete(call);
        worker.postMessage({ cancel: call } satisfies Message);
        // A worker that counts receives nothing. What it counts is, most likely, what has waited longest.
        const isOldest = [...this.#waiting.keys()].every((other) => other > call);
        if (isOldest) this.#grace ??= setTimeout(() => worker === this.#worker && this.#end(REPLACED), GRACE);
        reject(signal!.reason);
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          signal?.removeEventListener('abort', cancel);
          settle(value);
        };
      this.#waiting.set(call, { resolve: settled(resolve), reject: settled(reject) });
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        worker.postMessage({ call, request } satisfies Message);
      } catch (cause) {
        this.#waiting.delete(call);
        settled(reject)(failed('unsupported', say('worker.unhanded', { reason: (cause as Error).message }), say('hint.plain_values'), cause));
      }
    });
  }

  /** Loads the module in the worker, once, as the page compiles it while the worker starts; if it cannot, the worker tries. */
  load(options: Portable<ModuleOptions>, compile: (options: ModuleOptions) => Promise<WebAssembly.Module>): Promise<unknown> {
    const worker = this.start();
    if (this.#loading?.start !== this.starts) {
      const loading = { start: this.starts, done: this.ask({ do: 'load', options }) };
      this.#loading = loading;
      loading.done.catch(() => {
        if (this.#loading === loading) this.#loading = undefined;
      });
      const hand = (module?: WebAssembly.Module): void => worker.postMessage({ module } satisfies Message);
      compile(options).then(hand, () => hand());
    }
    return this.#loading!.done;
  }

  /** The worker, started if there is none. */
  start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = startWorker(this.#create);
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => worker === this.#worker && this.#onMessage(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#fail(worker, event.message);
    });
    worker.addEventListener('messageerror', () => this.#fail(worker, say('worker.unreadable')));
    this.#worker = worker;
    this.#isThere = false;
    this.starts++;
    return worker;
  }

  /** Ends the worker, and with it all its memory; what waits is rejected. */
  end(why: NinzuError): void {
    this.#end(why);
  }

  #end(why: NinzuError | typeof REPLACED): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#clearGrace();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(why);
  }

  #onMessage(reply: Reply): void {
    this.#isThere = true;
    this.#clearGrace();
    if ('cancelled' in reply) return;
    const waiting = this.#waiting.get(reply.call);
    this.#waiting.delete(reply.call);
    if ('value' in reply) waiting?.resolve(reply.value);
    else if ('error' in reply) {
      waiting?.reject(revived(reply.error));
      // After a trap the module answers nothing more.
      if (reply.error.kind === 'crashed' && this.#worker) this.#fail(this.#worker, reply.error.message);
    }
  }

  #clearGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
  }

  /** A worker that was never there could not be started; browsers do not say why. */
  #fail(worker: Worker, why: Argument | undefined): void {
    if (worker !== this.#worker) return;
    this.#end(
      this.#isThere
        ? failed('crashed', say('worker.stopped', { reason: why || say('worker.no_reason') }), say('hint.ask_again'))
        : unstarted(why || say('worker.not_there')),
    );
  }
}
