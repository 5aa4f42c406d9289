// A server of files as well-behaved, or as badly, as a test wants.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const TYPES = {
  html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm', json: 'application/json',
  svg: 'image/svg+xml', png: 'image/png', webmanifest: 'application/manifest+json',
};

/** What pages that keep to themselves are served with. */
export const CSP = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/**
 * Serves folders below addresses, and texts: `{'/release': folder, '/page.html': () => text}`.
 * mode: `whole` (no ranges), `gzip` (encoded whole bodies), `gzip-range` (encoded, yet says 206), `misplaced` (another range), `refused`
 * (416 for each range). cuts: how often a body of each address breaks off, of those that `cutOnly` is about. fallback: what is sent for files that are not there.
 * gate: waited for before each answer; the connection ends if it says false.
 */
export async function serve(places, { mode, failures = 0, cuts = 0, cutOnly = /./, corrupt, delay = 0, csp, fallback, gate, headers: more = {} } = {}) {
  const log = [];
  const failed = new Map();
  const cutOff = new Map();
  const bodyOf = async (path) => {
    if (typeof places[path] === 'function') return Buffer.from(places[path]());
    const place = Object.keys(places).filter((place) => path.startsWith(`${place}/`)).sort((a, b) => b.length - a.length)[0];
    if (place === undefined || path.includes('..')) return undefined;
    return readFile(places[place] + path.slice(place.length)).catch(() => undefined);
  };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const headers = { 'Cache-Control': 'no-store', ...(csp && { 'Content-Security-Policy': csp }), ...more };
    const send = (status, more, body) => {
      log.push({ path, status, range: range?.[0], bytes: body?.length ?? 0 });
      const cut = cutOff.get(path) ?? 0;
      if (body && cut < cuts && cutOnly.test(path)) {
        cutOff.set(path, cut + 1);
        response.writeHead(status, { ...headers, ...more, 'Content-Length': body.length });
        response.write(body.subarray(0, Math.floor(body.length / 2)));
        return void setTimeout(() => response.destroy(), 20);
      }
      response.writeHead(status, { ...headers, ...more });
      response.end(body);
    };
    if ((await gate?.(path)) === false) return void request.socket.destroy();
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    const times = failed.get(path) ?? 0;
    if (times < failures) {
      failed.set(path, times + 1);
      return send(503, {});
    }
    let body = await bodyOf(path);
    if (!body && fallback !== undefined) return send(200, { 'Content-Type': TYPES.html }, Buffer.from(fallback));
    if (!body) return send(404, {});
    if (mode === 'refused' && range) return send(416, { 'Content-Range': `bytes */${body.length}` });
    if (corrupt && path.endsWith(corrupt)) {
      body = Buffer.from(body);
      body[20] ^= 0x40;
    }
    const type = { 'Content-Type': TYPES[path.endsWith('/') ? 'html' : path.split('.').at(-1)] ?? 'application/octet-stream' };
    if (mode === 'gzip') return send(200, { ...type, 'Content-Encoding': 'gzip' }, gzipSync(body));
    if (!range || mode === 'whole') return send(200, type, body);
    let [from, to] = [Number(range[1]), Math.min(Number(range[2]), body.length - 1)];
    if (from >= body.length) return send(416, { 'Content-Range': `bytes */${body.length}` });
    if (mode === 'misplaced') [from, to] = [0, to - from];
    const part = { ...type, 'Content-Range': `bytes ${from}-${to}/${body.length}` };
    if (mode === 'gzip-range') return send(206, { ...part, 'Content-Encoding': 'gzip' }, gzipSync(body.subarray(from, to + 1)));
    send(206, part, body.subarray(from, to + 1));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, log, close };
}
