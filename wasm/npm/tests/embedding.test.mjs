// Where pages put the package: in frames, below a base, behind policies, on another origin, in servers that answer everything with a
// page. It works, or a NinzuError says what to do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, until } from './chromium.mjs';
import { releases } from './native.mjs';
import { CSP, serve } from './server.mjs';

const [[, demo]] = releases;
const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** A page that opens a release with an entry, and says what came of it. */
const script = (entry, options = {}, before = '') => `
  ${before}
  const said = (error) => ({ name: error?.name, kind: error?.kind, message: error?.message, hint: error?.hint });
  window.tell = (what) => (parent === window ? (window.told = what) : parent.postMessage(what, '*'));
  try {
    const { NinzuError, Release } = await import('${entry}');
    const release = await Release.open('release/', ${JSON.stringify(options)}).catch((error) => { if (error instanceof NinzuError) throw error; throw new Error('raw: ' + error); });
    window.tell({ upper: (await release.count('everyone', { signal: new AbortController().signal })).answer.records.upper });
  } catch (error) {
    window.tell(said(error));
  }`;
const page = (src, more = '') => `<!doctype html><meta charset="utf-8"><title>Ninzu</title>${more}<script type="module" src="${src}"></script>`;
const FALLBACK = '<!doctype html><html><title>Portal</title><body>Welcome</body></html>';

let browser;
const servers = [];
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await Promise.all(servers.map((server) => server.close()));
});

/** What a page says on a server of its own. */
async function told(places, { path = '/index.html', init, ...options } = {}) {
  const server = await serve({ '/dist': dist, '/release': demo, ...places }, options);
  servers.push(server);
  const context = await browser.newContext();
  const opened = await context.newPage();
  const wrong = [];
  opened.on('pageerror', (error) => wrong.push(String(error)));
  if (init) await opened.addInitScript(init);
  await opened.addInitScript(() => {
    if (window === top) addEventListener('message', ({ data }) => { if (data && ('upper' in data || 'kind' in data)) window.told = data; });
  });
  await opened.goto(server.url + path);
  await until(opened, 'told');
  const said = await opened.evaluate('window.told');
  assert.deepEqual(wrong, []);
  await context.close();
  return said;
}

const works = (said) => assert.ok(said.upper > 0, JSON.stringify(said));
function refuses(said, kind, message, hint) {
  assert.deepEqual([said.name, said.kind], ['NinzuError', kind], JSON.stringify(said));
  assert.match(said.message, message);
  assert.match(said.hint, hint);
}

const ENTRIES = ['index', 'worker'];

for (const entry of ENTRIES) {
  const at = `/dist/${entry}.js`;

  test(`${entry}: below <base href>, on a deeper route`, async () => {
    works(await told(
      { '/app/cohorts/123/': () => page('/main.js', '<base href="/app/">'), '/app/release': demo, '/release': '/nowhere', '/main.js': () => script(at) },
      { path: '/app/cohorts/123/' },
    ));
  });

  test(`${entry}: in about:srcdoc`, async () => {
    const frame = page('/main.js').replaceAll('"', '&quot;');
    works(await told({ '/app/index.html': () => `<!doctype html><title>Portal</title><iframe srcdoc="${frame}"></iframe>`, '/app/release': demo, '/main.js': () => script(at) }, { path: '/app/index.html' }));
  });

  test(`${entry}: under the strictest policies`, async () => {
    works(await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(at) }, { csp: CSP }));
    works(await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(at) }, { csp: `${CSP}; require-trusted-types-for 'script'; trusted-types ninzu` }));
  });

  test(`${entry}: a policy that forbids WebAssembly is named`, async () => {
    const said = await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(at) }, { csp: "default-src 'self'; script-src 'self'" });
    refuses(said, 'unsupported', /CSP/, /wasm-unsafe-eval/);
  });

  test(`${entry}: a browser without WebAssembly is told`, async () => {
    // What a worker has cannot be taken away from outside: its page says it before.
    const said = await told({ '/index.html': () => page('/main.js'), '/main.js': () => script('/dist/index.js', {}, 'delete globalThis.WebAssembly;') });
    refuses(said, 'unsupported', /no WebAssembly/, /lock/);
  });

  test(`${entry}: without AbortSignal.any`, async () => {
    works(await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(at, {}, 'delete AbortSignal.any;') }));
  });

  test(`${entry}: a server that answers a missing module with index.html`, async () => {
    const said = await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(at, { wasmUrl: '/nothing.wasm' }) }, { fallback: FALLBACK });
    refuses(said, 'io', /nothing\.wasm is a web page/, /wasmUrl.*optimizeDeps: \{ exclude: \['ninzu'\] \}/);
  });

  test(`${entry}: a server that answers a missing release with index.html`, async () => {
    const said = await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(at), '/release': '/nowhere' }, { fallback: FALLBACK });
    refuses(said, 'io', /datapackage\.json is a web page/, /folder of a whole release/);
  });

  test(`${entry}: bodies that break off`, async () => {
    works(await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(at) }, { cuts: 1, cutOnly: /\/release\/|\.wasm$/ }));
  });
}

test('index: in a frame without an origin, from a server that allows it', async () => {
  const frame = page('/main.js').replaceAll('"', '&quot;');
  const places = { '/index.html': () => `<!doctype html><title>Portal</title><iframe sandbox="allow-scripts" srcdoc="${frame}"></iframe>`, '/main.js': () => script('/dist/index.js') };
  works(await told(places, { headers: { 'Access-Control-Allow-Origin': '*' } }));
});

test('worker: in a frame without an origin the browser refuses it', async () => {
  const frame = page('/main.js').replaceAll('"', '&quot;');
  const places = { '/index.html': () => `<!doctype html><title>Portal</title><iframe sandbox="allow-scripts" srcdoc="${frame}"></iframe>`, '/main.js': () => script('/dist/worker.js') };
  const said = await told(places, { headers: { 'Access-Control-Allow-Origin': '*' } });
  refuses(said, 'unsupported', /worker cannot be started/, /own origin.*entry `ninzu`/);
});

test('from a CDN: the page\'s thread works, the worker is refused with what to do', async () => {
  const cdn = await serve({ '/dist': dist }, { headers: { 'Access-Control-Allow-Origin': '*' } });
  servers.push(cdn);
  works(await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(`${cdn.url}/dist/index.js`) }));
  const said = await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(`${cdn.url}/dist/worker.js`) });
  refuses(said, 'unsupported', /worker cannot be started/, /own origin.*`workerUrl`.*entry `ninzu`/);
  works(await told({ '/index.html': () => page('/main.js'), '/main.js': () => script(`${cdn.url}/dist/worker.js`, { workerUrl: '/dist/worker-entry.js' }) }));
});

test('worker: a policy without workers, and scripts that are not there, are told', async () => {
  const places = { '/index.html': () => page('/main.js'), '/main.js': () => script('/dist/worker.js') };
  refuses(await told(places, { csp: `${CSP}; worker-src 'none'` }), 'io', /cannot be started: .*CSP/, /entry `ninzu`/);
  refuses(await told(places, { csp: `${CSP}; require-trusted-types-for 'script'; trusted-types 'none'` }), 'unsupported', /Trusted Types/, /trusted-types ninzu/);
  const moved = { '/index.html': () => page('/main.js'), '/main.js': () => script('/dist/worker.js', { workerUrl: '/nothing.js' }) };
  refuses(await told(moved), 'io', /cannot be started/, /workerUrl/);
  refuses(await told(moved, { fallback: FALLBACK }), 'io', /cannot be started/, /workerUrl.*optimizeDeps/);
});

test('a release on another origin that does not allow the page', async () => {
  const other = await serve({ '/release': demo });
  servers.push(other);
  const source = script('/dist/worker.js', { retries: 0 }).replace("'release/'", `'${other.url}/release/'`);
  refuses(await told({ '/index.html': () => page('/main.js'), '/main.js': () => source }), 'io', /cannot be fetched/, /Access-Control-Allow-Origin/);
});

test('a question that is ended while it is counted ends its worker; others are asked again by themselves', async () => {
  const server = await serve({
    '/dist': dist, '/release': demo,
    '/index.html': () => page('/main.js'),
    '/main.js': () => `import * as ninzu from '/dist/worker.js'; window.ninzu = ninzu;`,
    // A question that takes for ever.
    '/busy.js': () => `
      import '/dist/worker-entry.js';
      addEventListener('message', ({ data }) => { if (data.request?.query === 'specimen = serum') for (const end = Date.now() + 60_000; Date.now() < end; ); });`,
  }, { csp: CSP });
  servers.push(server);
  const opened = await browser.newPage();
  await opened.goto(`${server.url}/index.html`);
  await until(opened, 'ninzu');
  const [ended, others, took] = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/release', { workerUrl: '/busy.js' });
    const before = await release.json('count', 'sex = female');
    const began = performance.now();
    const abort = new AbortController();
    const busy = release.count('specimen = serum', { signal: abort.signal }).catch((error) => error.name);
    const waiting = [release.json('count', 'sex = female'), release.json('count', 'sex = female')];
    setTimeout(() => abort.abort(), 100);
    const ended = await busy;
    return [ended, (await Promise.all(waiting)).map((one) => one === before), performance.now() - began];
  });
  assert.equal(ended, 'AbortError');
  assert.deepEqual(others, [true, true]);
  assert.ok(took < 10_000, `${took} ms`);
  await opened.close();
});
