// The worker's side: the page's API, asked by letters.
import { disposed, NinzuError, toTell } from './error.js';
import type { Files } from './files.js';
import { memoryBytes, parse, print } from './index.js';
import { fetchModule } from './module.js';
import type { Letter, Opened, Reply, Request } from './protocol.js';
import type { SourceRelease } from './release.js';
import type { SqlOpenOptions } from './sql.js';
import type { SqlSourceRelease } from './sql-release.js';

/** What opens releases. */
interface Opener {
  open(release: string | Files, options: SqlOpenOptions): Promise<SourceRelease | SqlSourceRelease>;
}

const releases = new Map<number, Promise<SourceRelease | SqlSourceRelease>>();
const calls = new Map<number, AbortController>();

/** Who waits for what the page compiles. */
const expecting: ((module: WebAssembly.Module | undefined) => void)[] = [];

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
    case 'sql': {
      const release = await opened(request.release);
      if (!('sqlText' in release)) throw new NinzuError('unsupported', 'this worker has no SQL', { hint: 'open the release with ninzu/sql/worker' });
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
      return parse(request.query, request.options);
    case 'print':
      return print(request.query, request.options);
    case 'load':
      await fetchModule(request.options, new Promise((resolve) => expecting.push(resolve)));
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

/** Answers the page's letters. */
export function serve(opener: Opener): void {
  addEventListener('message', ({ data }: MessageEvent<Letter>) => hear(opener, data));
}

async function hear(opener: Opener, data: Letter): Promise<void> {
  if ('cancel' in data) {
    calls.get(data.cancel)?.abort();
    return postMessage({ heard: data.cancel } satisfies Reply);
  }
  if ('module' in data) return expecting.shift()?.(data.module);
  const abort = new AbortController();
  calls.set(data.call, abort);
  let reply: Reply;
  try {
    reply = { call: data.call, value: await answer(opener, data.request, abort.signal) };
  } catch (error) {
    const told = toTell(error, abort.signal);
    reply = told instanceof NinzuError ? { call: data.call, error: told.plain() } : { call: data.call, aborted: true };
  } finally {
    calls.delete(data.call);
  }
  postMessage(reply);
}
