import { Api, type CountOptions, type Query, type SignalOptions, type What } from '../api.js';
import { disposed, failed, guarded, say } from '../error.js';
import type { Files } from '../host/files.js';
import type { ModuleOptions } from '../wasm-module/fetch.js';
import { absolute } from '../address.js';
import type { OpenOptions } from '../host/open.js';
import type { Opened, Portable, Question, Request } from './protocol.js';
import type { Signature } from '../signature.js';
import type { SqlOptions } from '../sql/session.js';
import type { DictionaryEntry } from '../types.js';
import { lasting, WorkerClient } from './pool.js';

/** How a release is opened in a worker. A worker cannot be handed a `fetch`. */
export type WorkerOptions = Omit<OpenOptions & ModuleOptions, 'fetch'> & {
  /** The address of the worker's script, where a bundler or a portal serves it elsewhere. */
  workerUrl?: string | URL;
};

let numbered = 0;

/** A release that is asked in a worker. */
export class WorkerRelease extends Api {
  #opened: Opened | undefined;
  readonly #number = ++numbered;
  readonly #client: WorkerClient;
  readonly #opening: Request;
  /** In which start of the worker the release is open. */
  #open: { start: number; done: Promise<Opened> } | undefined;
  #isDisposed = false;

  protected constructor(client: WorkerClient, from: string | Files, options: Portable<WorkerOptions>) {
    super();
    this.#client = client;
    this.#opening = { do: 'open', release: this.#number, from, options };
    client.users++;
  }

  /** Opens a release in a worker that `create` starts. */
  static start(create: () => Worker, release: string | URL | Files, options: WorkerOptions): Promise<WorkerRelease> {
    const { signal, workerUrl, ...rest } = options;
    return guarded(async () => {
      if ('fetch' in rest) {
        throw failed('unsupported', say('worker.no_fetch'), say('hint.entry_without_worker'));
      }
      const isAddress = typeof release === 'string' || release instanceof URL;
      const opened = new this(WorkerClient.of(workerUrl, create), isAddress ? absolute(release).href : release, portable(rest));
      try {
        opened.#opened = await lasting(() => opened.#ready(signal));
      } catch (error) {
        opened.dispose();
        throw error;
      }
      return opened;
    }, signal);
  }

  get id(): string {
    return this.#opened!.id;
  }

  get signature(): Signature | undefined {
    return this.#opened!.signature;
  }

  async json(what: What, query?: Query, options: CountOptions = {}): Promise<string> {
    const { signal, ...rest } = options;
    return (await this.ask({ do: 'json', what, options: rest, ...(query !== undefined && { query }) }, signal)) as string;
  }

  dictionary(dimension: string, { signal }: SignalOptions = {}): Promise<DictionaryEntry[]> {
    return this.ask({ do: 'dictionary', dimension }, signal) as Promise<DictionaryEntry[]>;
  }

  /** Asks the worker about this release. */
  protected ask(question: Question, signal?: AbortSignal): Promise<unknown> {
    const asking = async (): Promise<unknown> => {
      signal?.throwIfAborted();
      await this.#ready();
      return this.#client.ask({ ...question, release: this.#number }, signal);
    };
    return guarded(() => lasting(asking), signal);
  }

  /** How many bytes the module's memory has in the worker. */
  async memoryBytes(): Promise<number> {
    return (await guarded(() => lasting(() => this.#client.ask({ do: 'memory' })))) as number;
  }

  override dispose(): void {
    super.dispose();
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#client.users--;
    // The last one takes the worker with it: wasm memory never shrinks.
    if (this.#client.users === 0) this.#client.end(disposed());
    else if (this.#open) this.#client.ask({ do: 'dispose', release: this.#number }).catch(() => {});
  }

  /** Opens the release, again if the worker was replaced. */
  #ready(signal?: AbortSignal): Promise<Opened> {
    if (this.#isDisposed) return Promise.reject(disposed());
    this.#client.start();
    const start = this.#client.starts;
    if (this.#open?.start !== start) {
      const done = this.#client.ask(this.#opening, signal).then((value) => {
        const opened = value as Opened;
        if (this.#opened && this.#opened.id !== opened.id) {
          throw failed('tampered', say('release.replaced', { id: opened.id }), say('hint.open_again'));
        }
        return opened;
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
export function portable(options: Portable<WorkerOptions & SqlOptions>): Portable<WorkerOptions & SqlOptions> {
  const { wasmUrl, sqlUrl } = options;
  return {
    ...options,
    ...(wasmUrl !== undefined && { wasmUrl: absolute(wasmUrl).href }),
    ...(sqlUrl !== undefined && { sqlUrl: absolute(sqlUrl).href }),
  };
}
