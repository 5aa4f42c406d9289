// The worker's side: the page's API, asked by letters.
import { NinzuError } from './error.js';
import { memoryBytes, parse, print, Release } from './index.js';
import type { Letter, Reply, Request } from './protocol.js';

const releases = new Map<number, Promise<Release>>();
const calls = new Map<number, AbortController>();

async function answer(request: Request, signal: AbortSignal): Promise<unknown> {
  switch (request.do) {
    case 'open': {
      const opening = Release.open(request.from, { ...request.options, signal });
      releases.set(request.release, opening);
      try {
        return (await opening).id;
      } catch (error) {
        releases.delete(request.release);
        throw error;
      }
    }
    case 'json': {
      const release = await releases.get(request.release);
      if (!release) throw new NinzuError('disposed', 'the release was disposed of');
      return release.json(request.what, request.query, { ...request.options, signal });
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
    case 'memory':
      return memoryBytes();
  }
}

addEventListener('message', async ({ data }: MessageEvent<Letter>) => {
  if ('cancel' in data) {
    calls.get(data.cancel)?.abort();
    return;
  }
  const abort = new AbortController();
  calls.set(data.call, abort);
  let reply: Reply;
  try {
    reply = { call: data.call, value: await answer(data.request, abort.signal) };
  } catch (error) {
    if (error instanceof NinzuError) reply = { call: data.call, error: error.plain() };
    else if (abort.signal.aborted) reply = { call: data.call, aborted: true };
    else reply = { call: data.call, error: { kind: 'crashed', message: String(error) } };
  } finally {
    calls.delete(data.call);
  }
  postMessage(reply);
});
