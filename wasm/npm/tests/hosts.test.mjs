// Where a release comes from may fail in every way: whatever is thrown is a NinzuError that says what to do, and what can be mended by
// asking again is asked again.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { absolute } from '../dist/address.js';
import { CachedSource } from '../dist/host/cache.js';
import { compiled } from '../dist/wasm-module/fetch.js';
import { HttpSource } from '../dist/host/http.js';
import { NinzuError, Release } from '../dist/node.js';
import { either } from '../dist/signal.js';
import { Release as WorkerRelease } from '../dist/worker.js';
import { releases } from './native.mjs';
import { serve } from './server.mjs';

const [[, demo]] = releases;
const closing = [];
after(() => Promise.all(closing.map((close) => close())));

const PAGE = '<!doctype html><html><title>Portal</title><body>Welcome</body></html>';

/** A NinzuError of a kind, whose message and hint say something. */
const fails = (kind, message, hint = /./) => (error) => {
  assert.ok(error instanceof NinzuError, `${error?.name}: ${error?.message}`);
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, message);
  assert.match(error.hint ?? '', hint);
  return true;
};

async function served(options) {
  const server = await serve({ '/release': demo }, options);
  closing.push(server.close);
  return server;
}

/** A server that answers as a test wants. */
async function answering(answer) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return new URL(`http://127.0.0.1:${server.address().port}/release/`);
}

test('bodies that break off are asked for again: small files, ranges, whole files', async () => {
  for (const mode of [undefined, 'whole', 'gzip']) {
    const server = await served({ cuts: 2, mode });
    const release = await Release.open(`${server.url}/release`);
    const right = await Release.open(demo);
    assert.equal(await release.json('count', 'diagnosis = G40 by sex'), await right.json('count', 'diagnosis = G40 by sex'));
    release.dispose();
    right.dispose();
    const asked = server.log.filter(({ path }) => path.endsWith('/datapackage.json'));
    assert.equal(asked.length, 3);
  }
});

test('what breaks off too often is an error of the network, and other questions go on', async () => {
  const server = await served({});
  const release = await Release.open(`${server.url}/release`, { retries: 1 });
  const breaking = await served({ cuts: 5 });
  await assert.rejects(Release.open(`${breaking.url}/release`, { retries: 1 }), fails('io', /datapackage\.json cannot be fetched: /, /whole release/));
  assert.ok((await release.count('everyone')).answer.records.upper > 0);
  release.dispose();
});

test('a body that is shorter than its head says is broken off, also where the connection ends as it should', async () => {
  let asked = 0;
  const bytes = Buffer.alloc(100, 7);
  const fetch = async () => {
    asked++;
    return new Response(bytes.subarray(0, asked < 2 ? 40 : 100), { status: 206, headers: { 'content-range': 'bytes 0-99/1000' } });
  };
  const source = new HttpSource(new URL('https://example.org/release/'), { fetch });
  const [got] = await source.ranges([{ path: 'cells/base.parquet', start: 0, end: 100 }]);
  assert.equal(got.length, 100);
  assert.equal(asked, 2);
});

test('a server that falls silent is asked again, and then told', async () => {
  let asked = 0;
  const url = await answering((_, response) => {
    asked++;
    if (asked === 1) return; // no head
    response.writeHead(200, { 'content-length': '10' });
    response.write('12345'); // half a body
  });
  const source = new HttpSource(url, { patience: 100, retries: 1 });
  await assert.rejects(source.file('datapackage.json'), fails('io', /silent for 0\.1 seconds/));
  assert.equal(asked, 2);
});

test('a file that never ends is refused before memory does', async () => {
  const block = new Uint8Array(1 << 20);
  let sent = 0;
  const endless = new ReadableStream({ pull: (controller) => void controller.enqueue(block, sent++) });
  const source = new HttpSource(new URL('https://example.org/release/'), { fetch: async () => new Response(endless) });
  await assert.rejects(source.file('datapackage.json'), fails('invalid_release', /longer than 268,435,456 bytes/));
  assert.ok(sent < 300);
});

test('a page in the place of a file is said to be one, and not asked for again', async () => {
  const server = await served({ fallback: PAGE });
  await assert.rejects(Release.open(`${server.url}/nowhere`), fails('io', /nowhere\/datapackage\.json is a web page/, /index\.html.*folder of a whole release/));
  assert.equal(server.log.length, 1);
  for (const body of [`\ufeff\n${PAGE}`, '<HTML><body>', '<!-- x --><html>', `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">`]) {
    const source = new HttpSource(new URL('https://example.org/release/'), { fetch: async () => new Response(body) });
    await assert.rejects(source.ranges([{ path: 'cells/base.parquet', start: 0, end: 4 }]), fails('io', /web page/));
  }
});

test('whether a file ends where it should, on servers with and without ranges', async () => {
  const bytes = Buffer.alloc(1000, 5);
  for (const mode of [undefined, 'whole', 'gzip', 'refused']) {
    const server = await served({ mode });
    const { size } = await stat(join(demo, 'audit.json'));
    const source = new HttpSource(new URL(`${server.url}/release/`), {});
    assert.deepEqual([await source.endsAt('audit.json', size), await source.endsAt('audit.json', size - 1), await source.endsAt('audit.json', size - 100)], [true, false, false], mode);
  }
  assert.equal(await new HttpSource(new URL('https://example.org/'), { fetch: async () => new Response(bytes) }).endsAt('x', 999), false);
});

test('a page in the place of a range is no range', async () => {
  const page = Buffer.from(PAGE);
  const url = await answering((request, response) => {
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    if (!range) return response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    response.writeHead(206, { 'content-type': 'text/html', 'content-range': `bytes ${range[1]}-${range[2]}/${page.length}` }).end(page.subarray(+range[1], +range[2] + 1));
  });
  await assert.rejects(new HttpSource(url, {}).ranges([{ path: 'cells/base.parquet', start: 5, end: 20 }]), fails('io', /web page/));
});

test('statuses: what will not change is told at once, the rest after some attempts', async () => {
  for (const [status, times] of [[404, 1], [403, 1], [500, 3], [503, 3], [429, 3], [408, 3]]) {
    let asked = 0;
    const url = await answering((_, response) => {
      asked++;
      response.writeHead(status).end('no');
    });
    await assert.rejects(new HttpSource(url, {}).file('datapackage.json'), fails('io', new RegExp(`cannot be fetched: ${status}`)));
    assert.equal(asked, times, `${status}`);
  }
});

test('hosts that have no ranges, or none that are usable, give whole files, once each', async () => {
  const bytes = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * 7 + (i >> 5)) % 253));
  const servers = {
    '416 for every range': (response, range) => (range ? response.writeHead(416).end() : response.writeHead(200).end(bytes)),
    '400 for every range': (response, range) => (range ? response.writeHead(400).end() : response.writeHead(200).end(bytes)),
    '501 for every range': (response, range) => (range ? response.writeHead(501).end() : response.writeHead(200).end(bytes)),
    'more than was asked for': (response, range) => (range ? response.writeHead(206).end(bytes) : response.writeHead(200).end(bytes)),
    'less than was asked for': (response, range) => (range ? response.writeHead(206).end(bytes.subarray(0, 3)) : response.writeHead(200).end(bytes)),
    'several parts': (response, range) =>
      range ? response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x\r\n\r\n--x--') : response.writeHead(200).end(bytes),
  };
  for (const [what, answer] of Object.entries(servers)) {
    let wholes = 0;
    const url = await answering((request, response) => {
      if (!request.headers.range) wholes++;
      answer(response, request.headers.range);
    });
    const source = new HttpSource(url, {});
    for (const start of [0, 20_000, 59_000]) {
      const [got] = await source.ranges([{ path: 'cells/base.parquet', start, end: start + 1000 }]);
      assert.deepEqual(Buffer.from(got), bytes.subarray(start, start + 1000), what);
    }
    assert.equal(wholes, 1, what);
  }
});

test('the module: a page in its place, other bytes, a server that fails twice', async () => {
  const magic = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const hint = /dist\/.*wasmUrl.*optimizeDeps: \{ exclude: \['ninzu'\] \}/;
  const from = (body, headers = {}) => ({ wasmUrl: 'https://example.org/x.wasm', fetch: async () => new Response(body, { headers }) });
  await assert.rejects(compiled(from(PAGE)), fails('io', /x\.wasm is a web page/, hint));
  await assert.rejects(compiled(from(PAGE, { 'content-type': 'application/wasm' })), fails('io', /is not the module/, hint));
  await assert.rejects(compiled(from('nothing')), fails('io', /is not the module/, hint));
  await assert.rejects(compiled({ wasmUrl: 'https://example.org/x.wasm', fetch: async () => new Response('', { status: 404 }) }), fails('io', /404/, hint));
  let asked = 0;
  const flaky = async () => {
    asked++;
    if (asked === 1) throw new TypeError('network error');
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(magic.subarray(0, 4));
        if (asked === 2) return controller.error(new TypeError('terminated'));
        controller.enqueue(magic.subarray(4));
        controller.close();
      },
    });
    return new Response(body);
  };
  assert.ok((await compiled({ wasmUrl: 'https://example.org/x.wasm', fetch: flaky })) instanceof WebAssembly.Module);
  assert.equal(asked, 3);
});

/** Some globals of a browser for the time of some work. */
async function pretending(globals, work) {
  const before = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  try {
    return await work();
  } finally {
    for (const [name, old] of before) old ? Object.defineProperty(globalThis, name, old) : delete globalThis[name];
  }
}

test('addresses are those of the document, as for every link of it', async () => {
  const on = (baseURI, href) => ({ document: { baseURI }, location: { href } });
  await pretending(on('https://portal.example/app/', 'https://portal.example/app/cohorts/123'), () => {
    assert.equal(absolute('release/').href, 'https://portal.example/app/release/');
    assert.equal(absolute('/release').href, 'https://portal.example/release');
    assert.equal(absolute(new URL('https://data.example/r/')).href, 'https://data.example/r/');
  });
  await pretending(on('https://portal.example/', 'about:srcdoc'), () => assert.equal(absolute('release/').href, 'https://portal.example/release/'));
  for (const base of ['about:blank', 'about:srcdoc', 'data:text/html,x']) {
    await pretending(on(base, base), () => assert.throws(() => absolute('release/'), fails('io', /"release\/" is no address/, /whole address/)));
  }
  await assert.rejects(Release.open('http://'), fails('io', /is no address/));
});

test('what is no release, no query and no list of names is said to be none', async () => {
  for (const wrong of [undefined, null, 7, {}, true]) await assert.rejects(Release.open(wrong), fails('unsupported', /address, or files/));
  const release = await Release.open(demo);
  const circle = {};
  circle.of = circle;
  for (const wrong of [circle, 1n, null, () => {}, Symbol('x')]) await assert.rejects(release.count(wrong), (error) => error instanceof NinzuError && error.kind !== 'crashed');
  for (const by of ['sex', [1], 5, [null]]) await assert.rejects(release.count('everyone', { by }), fails('invalid_query', /list of names/));
  await assert.rejects(release.json('sum', 'everyone'), fails('unsupported', /cannot be asked for "sum"/));
  assert.ok((await release.count('everyone')).answer.records.upper > 0, 'the module goes on');
  release.dispose();
});

test('a folder: what is no file, too large, or not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ninzu-hosts-'));
  await assert.rejects(Release.open(folder), fails('io', /datapackage\.json cannot be read/));
  await mkdir(join(folder, 'datapackage.json'));
  await assert.rejects(Release.open(folder), fails('io', /it is no file/));
  await rm(join(folder, 'datapackage.json'), { recursive: true });
  const file = join(folder, 'datapackage.json');
  await writeFile(file, '');
  const { truncate } = await import('node:fs/promises');
  await truncate(file, 300 * 1024 * 1024);
  await assert.rejects(Release.open(folder), fails('invalid_release', /longer than/));
  await rm(folder, { recursive: true });
});

test('files that changed after they were chosen', async () => {
  class Changed extends Blob {
    slice() {
      return this;
    }
    arrayBuffer() {
      return Promise.reject(new DOMException('The file could not be read', 'NotReadableError'));
    }
  }
  await assert.rejects(Release.open(new Map([['datapackage.json', new Changed()]])), fails('io', /datapackage\.json cannot be read/, /chosen again/));
});

test('a question ends by its signal also where there is no AbortSignal.any', async () => {
  const { any } = AbortSignal;
  delete AbortSignal.any;
  try {
    const slow = await served({ delay: 150 });
    const release = await Release.open(`${slow.url}/release`);
    const abort = new AbortController();
    const ended = release.count('diagnosis = G40', { signal: abort.signal });
    const other = release.count('specimen = serum', { signal: new AbortController().signal });
    setTimeout(() => abort.abort(), 20);
    await assert.rejects(ended, { name: 'AbortError' });
    assert.ok((await other).answer.records.upper > 0);
    await assert.rejects(release.count('data = wgs', { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' });
    const reason = new Error('mine');
    await assert.rejects(release.count('everyone', { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    release.dispose();
    const [one, two] = [new AbortController(), new AbortController()];
    const { signal, forget } = either(one.signal, two.signal);
    forget();
    two.abort();
    assert.equal(signal.aborted, false);
    const both = either(one.signal, two.signal).signal;
    assert.equal(both.aborted, true);
  } finally {
    AbortSignal.any = any;
  }
});

/** A worker that does as a test says, and nothing else. */
const workerOf = (behave) =>
  class {
    #listeners = new Map();
    constructor(url) {
      behave.start?.(url, (type, event) => this.#listeners.get(type)?.({ preventDefault() {}, ...event }));
    }
    addEventListener(type, listener) {
      this.#listeners.set(type, listener);
    }
    postMessage() {}
    terminate() {}
  };

test('a worker that the browser refuses is said to be refused, with what to do', async () => {
  const dom = (message, name) => ({ start: () => { throw name === 'TypeError' ? new TypeError(message) : new DOMException(message, name); } });
  const location = { href: 'https://portal.example/', origin: 'https://portal.example' };
  const open = (globals) => pretending({ location, ...globals }, () => WorkerRelease.open('/release', { workerUrl: `/w${Math.random()}.js` }));
  await assert.rejects(open({}), fails('unsupported', /no workers/, /ninzu\/node/));
  const refused = workerOf(dom("Script at 'https://cdn.example/w.js' cannot be accessed from origin 'https://portal.example'.", 'SecurityError'));
  await assert.rejects(open({ Worker: refused }), fails('unsupported', /cannot be accessed from origin/, /own origin.*workerUrl.*entry `ninzu`/));
  // A policy, a script that is not there, and a page in its place: browsers tell by an event without words.
  const silent = workerOf({ start: (_, tell) => setTimeout(() => tell('error', {}), 5) });
  await assert.rejects(open({ Worker: silent }), fails('io', /cannot be started: .*CSP/, /workerUrl.*optimizeDeps/));
  const syntax = workerOf({ start: (_, tell) => setTimeout(() => tell('error', { message: "Uncaught SyntaxError: Unexpected token '<'" }), 5) });
  await assert.rejects(open({ Worker: syntax }), fails('io', /cannot be started: Uncaught SyntaxError/));
});

test('Trusted Types: a policy of the package makes the address, or it is said which is missing', async () => {
  const location = { href: 'https://portal.example/', origin: 'https://portal.example' };
  class Trusted {
    constructor(url) {
      this.url = url;
    }
  }
  const started = [];
  const strict = workerOf({
    start: (url, tell) => {
      if (!(url instanceof Trusted)) throw new TypeError("Failed to construct 'Worker': This document requires 'TrustedScriptURL' assignment.");
      started.push(url.url);
      setTimeout(() => tell('error', { message: 'enough' }), 5);
    },
  });
  const open = (trustedTypes) =>
    pretending({ location, Worker: strict, ...(trustedTypes && { trustedTypes }) }, () => WorkerRelease.open('/release', { workerUrl: `/tt${Math.random()}.js` }));
  await assert.rejects(open(), fails('unsupported', /Trusted Types/, /trusted-types ninzu/));
  const never = { createPolicy: () => { throw new TypeError("Policy 'ninzu' disallowed."); } };
  await assert.rejects(open(never), fails('unsupported', /Policy 'ninzu' disallowed/, /trusted-types ninzu/));
  const policies = { createPolicy: (name, { createScriptURL }) => ({ name, createScriptURL: (url) => new Trusted(createScriptURL(url)) }) };
  await assert.rejects(open(policies), fails('io', /enough/));
  assert.match(started[0], /^https:\/\/portal\.example\/tt/);
});

test('a storage that is full, or not there, is no reason not to answer; keeping everything is', async () => {
  const whole = { endsAt: async () => true, file: async () => new Uint8Array([1]), ranges: async (wanted) => wanted.map(() => new Uint8Array([2])) };
  const url = new URL('https://example.org/release/');
  const full = { match: async () => undefined, put: async () => { throw new DOMException('no room', 'QuotaExceededError'); } };
  await pretending({ caches: { open: async () => full } }, async () => {
    const source = new CachedSource(whole, url, 'kept');
    assert.deepEqual([...(await source.file('x'))], [1]);
    assert.deepEqual((await source.ranges([{ path: 'x', start: 0, end: 1 }])).map((one) => [...one]), [[2]]);
    assert.throws(() => source.kept(), fails('io', /did not keep the release: no room/, /cache/));
  });
  await pretending({ caches: { open: async () => { throw new DOMException('not here', 'SecurityError'); } } }, async () => {
    await assert.rejects(new CachedSource(whole, url, 'kept').file('x'), fails('unsupported', /no Cache storage/, /sandboxed/));
  });
  assert.throws(() => new CachedSource(whole, url, 'kept'), fails('unsupported', /no Cache storage/));
});
