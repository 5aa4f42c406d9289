// Ninzu beside DuckDB-Wasm in Chromium, on the same release and questions, in the same run. Prints one JSON object.
//
//   source scripts/env.sh scripts/set-up.sh scripts/wasm.sh; wasm_toolchain; wasm_tools; npm_packages wasm/npm; wasm_package
//   npm_packages benches/browser
//   node benches/browser/bench.mjs RELEASE CELLS.arrow [RUNS]
//
// CELLS.arrow is what cells.py writes of the table `diagnosis`. A question is one code at one value of each partition, for each
// centre: Ninzu bounds it, DuckDB sums lo and hi of the cells. Cold: from the start of the navigation to the first answer, in a
// fresh context of a running browser. Whole bodies are sent in gzip to both: browsers take brotli over TLS only.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { chromium } from 'playwright-core';
import { build } from 'vite';

const [release, arrow, runs = '30'] = process.argv.slice(2);
const here = fileURLToPath(new URL('.', import.meta.url));
const duckdb = join(here, 'node_modules/@duckdb/duckdb-wasm/dist');
const ninzu = join(here, '../../wasm/npm/dist');
const scratch = mkdtempSync(join(tmpdir(), 'ninzu-bench-'));

// Questions: the same for both.
const { ninzu: manifest } = JSON.parse(readFileSync(join(release, 'datapackage.json'), 'utf8'));
const codesOf = (name) => readFileSync(join(release, `dimensions/${name}.csv`), 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')[0].replaceAll('"', ''));
const partitions = manifest.dimensions.filter((d) => d.kind === 'partition').map((d) => d.name);
const codes = codesOf('diagnosis').filter((code) => /^[A-Z0-9.-]+$/.test(code));
const values = partitions.map(codesOf);
const questions = Array.from({ length: 200 }, (_, i) => {
  const where = [['diagnosis', codes[(i * 7) % codes.length]], ...partitions.map((name, p) => [name, values[p][(i * (p + 3)) % values[p].length]])];
  return {
    text: where.map(([name, value]) => `${name} = "${value}"`).join(' and '),
    sql: `SELECT centre, sum(lo) AS lo, sum(hi) AS hi FROM cells WHERE ${where.map(([name, value]) => `${name} = '${value}'`).join(' AND ')} GROUP BY centre`,
  };
});

const TIMING = `
const timed = async (ask, times) => {
  const took = [];
  for (let i = 0; i < times; i++) { const began = performance.now(); await ask(i); took.push((performance.now() - began) * 1000); }
  return took;
};
`;
writeFileSync(join(scratch, 'duckdb.js'), `
import * as duckdb from ${JSON.stringify(join(duckdb, 'duckdb-browser.mjs'))};
const questions = await (await fetch('/questions.json')).json();
const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker('/duckdb/duckdb-browser-eh.worker.js'));
const [cells] = await Promise.all([fetch('/cells.arrow').then((r) => r.arrayBuffer()), database.instantiate('/duckdb/duckdb-eh.wasm')]);
const connection = await database.connect();
await connection.insertArrowFromIPCStream(new Uint8Array(cells), { name: 'cells' });
const ask = (i) => connection.query(questions[i % questions.length].sql);
await ask(0);
window.cold = performance.now();
${TIMING}
window.warm = async (times) => ({ through: await timed(ask, times) });
`);
await build({
  root: scratch, logLevel: 'error', configFile: false,
  build: { target: 'es2022', outDir: join(scratch, 'out'), lib: { entry: join(scratch, 'duckdb.js'), formats: ['es'], fileName: () => 'duckdb.js' } },
});

const texts = {
  '/questions.json': JSON.stringify(questions),
  '/duckdb.html': '<!doctype html><script type="module" src="/built/duckdb.js"></script>',
  '/ninzu.html': '<!doctype html><script type="module" src="/ninzu.js"></script>',
  '/ninzu.js': `
import { Release } from '/ninzu/worker.js';
const [questions, release] = await Promise.all([fetch('/questions.json').then((r) => r.json()), Release.open('/release')]);
const ask = (i) => release.count(questions[i % questions.length].text);
await ask(0);
window.cold = performance.now();
${TIMING}
window.warm = async (times) => {
  const through = await timed(ask, times);
  const worker = new Worker('/inside.js', { type: 'module' });
  const inside = await new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); worker.postMessage(times); });
  worker.terminate();
  return { through, inside: inside.took, memory: inside.memory };
};`,
  '/inside.js': `
import { memoryBytes, Release } from '/ninzu/index.js';
${TIMING}
addEventListener('message', async ({ data: times }) => {
  const questions = await (await fetch('/questions.json')).json();
  const release = await Release.open('/release');
  const ask = (i) => release.count(questions[i % questions.length].text);
  for (let i = 0; i < questions.length; i++) await ask(i);
  postMessage({ took: await timed(ask, times), memory: memoryBytes() });
});`,
};
const places = { '/release': release, '/ninzu': ninzu, '/duckdb': duckdb, '/built': join(scratch, 'out') };
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };
const compressed = new Map();
let sent = 0;
const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://x').pathname;
  const place = Object.keys(places).find((place) => path.startsWith(`${place}/`));
  let body;
  try {
    body = path in texts ? Buffer.from(texts[path]) : readFileSync(path === '/cells.arrow' ? arrow : places[place] + path.slice(place.length));
  } catch {
    response.writeHead(404).end();
    return;
  }
  const headers = { 'Content-Type': types[extname(path)] ?? 'application/octet-stream' };
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    headers['Content-Range'] = `bytes ${from}-${to}/${body.length}`;
    body = body.subarray(from, to + 1);
  } else {
    if (!compressed.has(path)) compressed.set(path, gzipSync(body));
    body = compressed.get(path);
    headers['Content-Encoding'] = 'gzip';
  }
  sent += body.length;
  response.writeHead(range ? 206 : 200, headers).end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
/** Proportional memory of the page's process, in bytes: the one renderer that has a worker. */
const renderer = () => {
  const hasWorker = (pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) return false;
      return readdirSync(`/proc/${pid}/task`).some((task) => readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').startsWith('DedicatedWorker'));
    } catch {
      return false; // it has ended
    }
  };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter(hasWorker);
  if (pids.length !== 1) throw new Error(`${pids.length} renderers have workers`);
  return 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pids[0]}/smaps_rollup`, 'utf8'))[1]);
};
const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(q * list.length))];
const shown = (list) => list && { p50: Math.round(quantile(list, 0.5)), p99: Math.round(quantile(list, 0.99)) };

async function measure(name) {
  const cold = [];
  let bytes, warm, memory;
  for (let run = -1; run < Number(runs); run++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    sent = 0;
    page.on('pageerror', (error) => console.error(name, error));
    // A new window has pages of the browser's own to load; a reader's window is open already.
    await page.waitForTimeout(1000);
    await page.goto(`${url}/${name}.html`);
    await page.waitForFunction('window.cold', undefined, { timeout: 60_000 });
    if (run >= 0) cold.push(await page.evaluate('window.cold')); // the first only fills the server's caches
    bytes = sent;
    if (run === Number(runs) - 1) {
      await page.evaluate('window.warm(200)');
      warm = await page.evaluate('window.warm(10_000)');
      memory = renderer();
    }
    await context.close();
  }
  return {
    bytes_to_first_answer: bytes,
    cold_ms: shown(cold),
    warm_through_worker_us: shown(warm.through),
    ...(warm.inside && { warm_inside_worker_us: shown(warm.inside), module_memory: warm.memory }),
    renderer_pss: memory,
  };
}

const result = { release: manifest.title.en, runs: Number(runs), questions: questions.length };
result.ninzu = await measure('ninzu');
result.duckdb = await measure('duckdb');
console.log(JSON.stringify(result, null, 2));
await browser.close();
server.close();
rmSync(scratch, { recursive: true, force: true });
