// The worker's side: an RPC server for the page's API.
import { disposed, failed, forCaller, NinzuError, say } from '../error.js';
import type { Files } from '../host/files.js';
import type { SourceRelease } from '../release.js';
import type { SqlOpenOptions, SqlSourceRelease } from '../sql/release.js';
import { translate } from '../translate.js';
import { fetchModule, memoryBytes } from '../wasm-module/load.js';
import type { Message, Opened, Reply, Request } from './protocol.js';

/** What opens releases. */
interface Opener {
  open(release: string | Files, options: SqlOpenOptions): Promise<SourceRelease | SqlSourceRelease>;
}

const releases = new Map<number, Promise<SourceRelease | SqlSourceRelease>>();
const calls = new Map<number, AbortController>();

/** Who waits for what the page compiles. */
const awaitingModule: ((module: WebAssembly.Module | undefined) => void)[] = [];

async function answer(opener: Opener, request: Request, signal: AbortSignal): Promise<unknown> {
  switch (request.do) {
    case 'open': {
      const opening = opener.open(request.from, { ...request.options, signal });
      releases.set(request.release, opening);
      try {
        const { id, signature } = await opening;
        return { id, signature } satisfies Opened;
      } catch (error) {
        releases.delete(request.release);
        throw error;
      }
    }
    case 'json': {
      const release = await opened(request.release);
      return release.json(request.what, request.query, { ...request.options, signal });
    }
    case 'dictionary': {
      const release = await opened(request.release);
      return release.dictionary(request.dimension, { signal });
    }
    case 'sql': {
      const release = await opened(request.release);
      if (!('sqlText' in release)) throw failed('unsupported', say('worker.no_sql'), say('hint.sql_worker'));
      const { as, statement } = request;
      const ask = ({ rows: 'sqlText', arrow: 'sqlArrow', parquet: 'sqlParquet' } as const)[as];
      return release[ask](statement, { signal });
    }
    case 'dispose': {
      const release = await releases.get(request.release);
      releases.delete(request.release);
      release?.dispose();
      return undefined;
    }
    case 'parse':
      return JSON.parse(await translate('parse', request.query, () => fetchModule(request.options)));
    case 'print':
      return translate('print', request.query, () => fetchModule(request.options));
    case 'load':
      await fetchModule(request.options, new Promise((resolve) => awaitingModule.push(resolve)));
      return undefined;
    case 'memory':
      return memoryBytes();
  }
}

async function opened(number: number): Promise<SourceRelease | SqlSourceRelease> {
  const release = await releases.get(number);
  if (!release) throw disposed();
  return release;
}

/** Answers the page's messages. */
export function startServer(opener: Opener): void {
  addEventListener('message', ({ data }: MessageEvent<Message>) => onMessage(opener, data));
}

async function onMessage(opener: Opener, data: Message): Promise<void> {
  if ('cancel' in data) {
    calls.get(data.cancel)?.abort();
    return postMessage({ cancelled: data.cancel } satisfies Reply);
  }
  if ('module' in data) return awaitingModule.shift()?.(data.module);
  const abort = new AbortController();
  calls.set(data.call, abort);
  let reply: Reply;
  try {
    reply = { call: data.call, value: await answer(opener, data.request, abort.signal) };
  } catch (error) {
    const thrown = forCaller(error, abort.signal);
    reply = thrown instanceof NinzuError ? { call: data.call, error: thrown.plain() } : { call: data.call, aborted: true };
  } finally {
    calls.delete(data.call);
  }
  postMessage(reply);
}
