import { Api, type CountOptions, type Query, type What } from './api.js';
import { NinzuError, revived } from './error.js';
import type { Files } from './files.js';
import type { ModuleOptions } from './module.js';
import { absolute, type OpenOptions } from './open.js';
import type { Letter, Portable, Reply, Request } from './protocol.js';
import type { QueryJson } from './types.js';

export type { AskOptions, CountOptions, Query, What } from './api.js';
export { NinzuError, type NinzuErrorKind } from './error.js';
export { dropped, type Files } from './files.js';
export type * from './types.js';

/** How a release is opened in a worker. A worker cannot be handed a `fetch`. */
export type WorkerOptions = Omit<OpenOptions & ModuleOptions, 'fetch'> & {
  /** The address of `worker-entry.js`, where a bundler or a portal serves it elsewhere. */
  workerUrl?: string | URL;
};

/** One worker, started when it is needed, and replaced when it stops. */
class Thread {
  readonly #url: string | undefined;
  #worker: Worker | undefined;
  #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #calls = 0;
  /** How often a worker was started. */
  starts = 0;
  /** How many releases are open in it. */
  users = 0;

  constructor(url: string | undefined) {
    this.#url = url;
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

  /** The worker, started if there is none. */
  start(): Worker {
    if (this.#worker) return this.#worker;
    // Written so that bundlers see it: a literal address and literal options.
    const worker = this.#url
      ? new Worker(this.#url, { type: 'module' })
      : new Worker(new URL('./worker-entry.js', import.meta.url), { type: 'module' });
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

/** One thread for each script, so that a page compiles the module once. */
const threads = new Map<string, Thread>();

function threadOf(workerUrl: string | URL | undefined): Thread {
  const url = workerUrl === undefined ? '' : absolute(workerUrl).href;
  let thread = threads.get(url);
  if (!thread) {
    thread = new Thread(url || undefined);
    threads.set(url, thread);
  }
  return thread;
}

let numbered = 0;

function disposed(): NinzuError {
  return new NinzuError('disposed', 'the release was disposed of');
}

/** A release, asked in a worker: the page stays free. */
export class Release extends Api {
  #id = '';
  readonly #number = ++numbered;
  readonly #thread: Thread;
  readonly #opening: Request;
  /** In which start of the worker the release is open. */
  #open: { start: number; done: Promise<unknown> } | undefined;
  #isDisposed = false;

  private constructor(thread: Thread, from: string | Files, options: Portable<WorkerOptions>) {
    super();
    this.#thread = thread;
    this.#opening = { do: 'open', release: this.#number, from, options };
    thread.users++;
  }

  /** Opens a release by its address, or from files that were chosen or dropped. */
  static async open(release: string | URL | Files, options: WorkerOptions = {}): Promise<Release> {
    const { signal, workerUrl, ...rest } = options;
    if ('fetch' in rest) {
      throw new NinzuError('unsupported', 'a worker cannot be handed a `fetch`', { hint: 'open the release with the entry `ninzu`' });
    }
    const isAddress = typeof release === 'string' || release instanceof URL;
    const opened = new this(threadOf(workerUrl), isAddress ? absolute(release).href : release, portable(rest));
    try {
      opened.#id = (await opened.#ready(signal)) as string;
    } catch (error) {
      opened.dispose();
      throw error;
    }
    return opened;
  }

  get id(): string {
    return this.#id;
  }

  async json(what: What, query?: Query, options: CountOptions = {}): Promise<string> {
    const { signal, ...rest } = options;
    signal?.throwIfAborted();
    await this.#ready();
    const request: Request = { do: 'json', release: this.#number, what, options: rest, ...(query !== undefined && { query }) };
    return (await this.#thread.ask(request, signal)) as string;
  }

  /** How many bytes the module's memory has in the worker. */
  async memoryBytes(): Promise<number> {
    return (await this.#thread.ask({ do: 'memory' })) as number;
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#thread.users--;
    // The last one takes the worker with it: wasm memory never shrinks.
    if (this.#thread.users === 0) this.#thread.end(disposed());
    else if (this.#open) this.#thread.ask({ do: 'dispose', release: this.#number }).catch(() => {});
  }

  /** Opens the release, again if the worker was replaced. */
  #ready(signal?: AbortSignal): Promise<unknown> {
    if (this.#isDisposed) return Promise.reject(disposed());
    this.#thread.start();
    const start = this.#thread.starts;
    if (this.#open?.start !== start) {
      const done = this.#thread.ask(this.#opening, signal).then((id) => {
        if (this.#id && this.#id !== id) {
          throw new NinzuError('tampered', `the release was replaced by ${id}`, { hint: 'open it again' });
        }
        return id;
      });
      const open = { start, done };
      this.#open = open;
      done.catch(() => {
        if (this.#open === open) this.#open = undefined;
      });
    }
    return this.#open!.done;
  }
}

/** Addresses as the page means them: the worker has another one. */
function portable({ wasmUrl, ...options }: Portable<WorkerOptions>): Portable<WorkerOptions> {
  return wasmUrl === undefined ? options : { ...options, wasmUrl: absolute(wasmUrl).href };
}

/** The JSON form of a query. */
export async function parse(query: Query, options: WorkerOptions = {}): Promise<QueryJson> {
  return (await ask('parse', query, options)) as QueryJson;
}

/** The text of a query. */
export async function print(query: Query, options: WorkerOptions = {}): Promise<string> {
  return (await ask('print', query, options)) as string;
}

async function ask(what: 'parse' | 'print', query: Query, { signal, workerUrl, ...rest }: WorkerOptions): Promise<unknown> {
  const thread = threadOf(workerUrl);
  thread.users++;
  try {
    return await thread.ask({ do: what, query, options: portable(rest) }, signal);
  } finally {
    thread.users--;
    if (thread.users === 0) thread.end(disposed());
  }
}
