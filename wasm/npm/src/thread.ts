import type { ModuleOptions } from './code.js';
import { NinzuError, revived } from './error.js';
import { absolute } from './open.js';
import type { Letter, Portable, Reply, Request } from './protocol.js';

/** Threads by what starts them: an address, or a function. */
const threads = new Map<string | (() => Worker), Thread>();

/** One worker, started when it is needed, and replaced when it stops. */
export class Thread {
  readonly #create: () => Worker;
  #worker: Worker | undefined;
  #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #calls = 0;
  /** In which start of the worker the module is loaded. */
  #loading: { start: number; done: Promise<unknown> } | undefined;
  /** How often a worker was started. */
  starts = 0;
  /** How many releases are open in it. */
  users = 0;

  private constructor(create: () => Worker) {
    this.#create = create;
  }

  /** The one thread of a script, so that a page compiles its module once. `url`: where it was moved; else `create` knows it. */
  static of(url: string | URL | undefined, create: () => Worker): Thread {
    const moved = url === undefined ? undefined : absolute(url).href;
    const key = moved ?? create;
    let thread = threads.get(key);
    if (!thread) {
      thread = new Thread(moved === undefined ? create : () => new Worker(moved, { type: 'module' }));
      threads.set(key, thread);
    }
    return thread;
  }

  ask(request: Request, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const worker = this.start();
    const call = ++this.#calls;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#waiting.delete(call);
        worker.postMessage({ cancel: call } satisfies Letter);
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
        worker.postMessage({ call, request } satisfies Letter);
      } catch (cause) {
        this.#waiting.delete(call);
        settled(reject)(new NinzuError('unsupported', `this cannot be handed to the worker: ${(cause as Error).message}`, { cause }));
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
      const hand = (module?: WebAssembly.Module): void => worker.postMessage({ module } satisfies Letter);
      compile(options).then(hand, () => hand());
    }
    return this.#loading!.done;
  }

  /** The worker, started if there is none. */
  start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = this.#create();
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#hear(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#fail(worker, event.message || 'it could not be loaded');
    });
    worker.addEventListener('messageerror', () => this.#fail(worker, 'its answer cannot be read'));
    this.#worker = worker;
    this.starts++;
    return worker;
  }

  /** Ends the worker, and with it all its memory; whoever waits hears why. */
  end(why: NinzuError): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(why);
  }

  #hear(reply: Reply): void {
    const waiting = this.#waiting.get(reply.call);
    this.#waiting.delete(reply.call);
    if ('value' in reply) waiting?.resolve(reply.value);
    else if ('error' in reply) {
      waiting?.reject(revived(reply.error));
      // After a trap the module answers nothing more.
      if (reply.error.kind === 'crashed' && this.#worker) this.#fail(this.#worker, reply.error.message);
    }
  }

  #fail(worker: Worker, why: string): void {
    if (worker !== this.#worker) return;
    this.end(new NinzuError('crashed', `the worker stopped: ${why}`, { hint: 'ask again: a new worker is started' }));
  }
}
