// The packed package, as others use it: bundlers, a plain page, Node, a server's renderer, strict TypeScript; and every example of its
// README.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';
import * as vite8 from 'vite';
import * as vite5 from 'vite5';
import * as vite7 from 'vite7';
import webpack from 'webpack';

import { launch, until } from './chromium.mjs';
import { hasSql } from './has-sql.mjs';
import { releases } from './native.mjs';
import { CSP, serve } from './server.mjs';

const [[, demo]] = releases;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ninzu-consumers-')));
const installed = join(folder, 'node_modules/ninzu');
let browser;

before(async () => {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' }));
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1']);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A page that counts in its own thread and in a worker, the same in SQL. */
const MAIN = `
import { Release } from 'ninzu';
import { Release as Worker } from 'ninzu/worker';
import { Release as Sql } from 'ninzu/sql';
import { Release as SqlWorker } from 'ninzu/sql/worker';
const [one, two, ...sql] = await Promise.all([Release, Worker, Sql, SqlWorker].map((entry) => entry.open('/demo')));
const query = 'diagnosis = G40 by sex';
const rows = await Promise.all(${hasSql ? 'sql' : '[]'}.map((release) => release.sql(\`select sex, lower, upper from cohort('\${query}')\`)));
window.told = [await one.json('count', query), await two.json('count', query), rows];
`;
const ENTRIES = {
  ninzu: 'index.js',
  'ninzu/messages/ja': 'messages/ja.js',
  'ninzu/sql': 'sql.js',
  'ninzu/sql/worker': 'sql-worker.js',
  'ninzu/worker': 'worker.js',
};
/** The same without a bundler. */
const plain = (script) => script.replace(/'(ninzu[a-z/]*)'/g, (_, entry) => `'/ninzu/${ENTRIES[entry]}'`);

/** What a page says, and what it should not have asked for. */
async function toldAt(url, path = '/index.html') {
  const page = await browser.newPage();
  const wrong = [];
  page.on('request', (request) => request.url().startsWith(url) || wrong.push(request.url()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  try {
    await page.goto(url + path);
    await until(page, 'told', 60_000).catch((error) => wrong.push(String(error)));
    assert.deepEqual(wrong, []);
    return await page.evaluate('window.told');
  } finally {
    await page.close();
  }
}

/** The same on a server of its own. */
async function told(places, path = '/index.html', csp = CSP) {
  const server = await serve({ '/demo': demo, ...places }, { csp });
  try {
    return await toldAt(server.url, path);
  } finally {
    await server.close();
  }
}

function agree([one, two, rows]) {
  const { centres, by } = JSON.parse(one);
  assert.equal(centres.length > 0, true);
  assert.equal(two, one);
  const expected = by.map(({ key, lower, upper }) => ({ sex: key.sex, lower, upper }));
  assert.deepEqual(rows, hasSql ? [expected, expected] : []);
}

const html = (script) => `<!doctype html><meta charset="utf-8"><title>Ninzu</title>${script}`;

test('the tarball holds what is needed, and nothing else', () => {
  const files = readdirSync(installed, { recursive: true }).filter((name) => /\.[a-z]+$/.test(name));
  assert.deepEqual(files.filter((name) => !/^(package\.json|README\.md|dist\/((host|messages|sql|wasm-module|worker)\/)?[a-z0-9-]+\.(js|d\.ts)|dist\/wasm(-sql)?\/ninzu_wasm.*)$/.test(name)), []);
  assert.ok(files.includes('dist/wasm/ninzu_wasm_bg.wasm') && files.includes('dist/wasm-sql/ninzu_wasm_sql_bg.wasm'));
});

/** A project of a page with a script. */
function project(name, script) {
  const app = join(folder, name);
  mkdirSync(app);
  writeFileSync(join(app, 'index.html'), html('<script type="module" src="./main.js"></script>'));
  writeFileSync(join(app, 'main.js'), script);
  return app;
}

const VITES = { 8: vite8, 7: vite7, 5: vite5 };

for (const [version, { build }] of Object.entries(VITES)) {
  test(`Vite ${version}`, async () => {
    const app = project(`vite-${version}`, MAIN);
    await build({ root: app, logLevel: 'error', configFile: false, worker: { format: 'es' }, build: { target: 'es2022', outDir: join(app, 'out') } });
    agree(await told({ '': join(app, 'out') }));
  });
}

/** What a page says on a development server. */
async function developed(version, app, config) {
  const releases = await serve({ '/demo': demo });
  const server = await VITES[version].createServer({
    root: app,
    configFile: false,
    logLevel: 'silent',
    cacheDir: join(app, '.vite'),
    server: { host: '127.0.0.1', port: 0, fs: { allow: [folder] }, proxy: { '/demo': releases.url } },
    ...config,
  });
  try {
    await server.listen();
    return await toldAt(`http://127.0.0.1:${server.httpServer.address().port}`);
  } finally {
    await server.close();
    await releases.close();
  }
}

for (const version of [8, 7, 5]) {
  test(`vite dev, Vite ${version}, as the README says`, async () => {
    const app = project(`vite-dev-${version}`, MAIN);
    agree(await developed(version, app, version < 8 ? { optimizeDeps: { exclude: ['ninzu'] } } : {}));
  });
}

for (const version of [7, 5]) {
  test(`vite dev, Vite ${version}, with nothing configured, says what to configure`, async () => {
    const app = project(`vite-plain-${version}`, `
      import { NinzuError, Release } from 'ninzu';
      import { Release as Worker } from 'ninzu/worker';
      const said = (error) => (error instanceof NinzuError ? [error.kind, error.hint] : [String(error)]);
      window.told = await Promise.all([Release, Worker].map((entry) => entry.open('/demo').then(() => ['open'], said)));`);
    for (const [kind, hint] of await developed(version, app, {})) {
      assert.equal(kind, 'io');
      assert.match(hint, /optimizeDeps: \{ exclude: \['ninzu'\] \}/);
    }
  });
}

test('esbuild, with the folder beside its bundle, as the README says', async () => {
  const options = { wasmUrl: '/ninzu/wasm/ninzu_wasm_bg.wasm', sqlUrl: '/ninzu/wasm-sql/ninzu_wasm_sql_bg.wasm' };
  const workers = ['/ninzu/worker-entry.js', '/ninzu/worker-entry.js', '/ninzu/sql-worker-entry.js', '/ninzu/sql-worker-entry.js'];
  const app = project('esbuild', MAIN.replace(".map((entry) => entry.open('/demo'))", `.map((entry, i) => entry.open('/demo', { ...${JSON.stringify(options)}, workerUrl: ${JSON.stringify(workers)}[i] }))`));
  const out = join(app, 'out');
  await esbuild.build({ entryPoints: [join(app, 'main.js')], bundle: true, format: 'esm', target: 'es2022', outdir: out, logLevel: 'error' });
  cpSync(join(installed, 'dist'), join(out, 'ninzu'), { recursive: true });
  writeFileSync(join(out, 'index.html'), html('<script type="module" src="./main.js"></script>'));
  agree(await told({ '': out }));
});

test('webpack 5', async () => {
  const app = join(folder, 'webpack');
  mkdirSync(app);
  writeFileSync(join(app, 'main.js'), MAIN);
  const config = {
    mode: 'production',
    context: app,
    entry: './main.js',
    output: { path: join(app, 'out'), filename: 'main.js', publicPath: '/' },
    experiments: { topLevelAwait: true },
    performance: false,
  };
  const stats = await new Promise((resolve, reject) => webpack(config, (error, stats) => (error ? reject(error) : resolve(stats))));
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }).errors, []);
  writeFileSync(join(app, 'out/index.html'), html('<script type="module" src="/main.js"></script>'));
  agree(await told({ '': join(app, 'out') }));
});

test('a plain page', async () => {
  const main = plain(MAIN);
  agree(
    await told({
      '/ninzu': join(installed, 'dist'),
      '/index.html': () => html('<script type="module" src="/main.js"></script>'),
      '/main.js': () => main,
    }),
  );
});

test('Node, and a server that renders pages', () => {
  const run = (script) => execFileSync('node', ['--input-type=module', '--eval', script], { cwd: folder, encoding: 'utf8' });
  const answer = run(`
    import { Release } from 'ninzu/node';
    const release = await Release.open(${JSON.stringify(demo)});
    console.log((await release.count('everyone')).words.en);`);
  assert.match(answer, /^Everyone: /);
  // Importing the browser's entries does nothing, needs no window, and keeps nothing running.
  assert.equal(run(`import { Release } from 'ninzu'; import * as worker from 'ninzu/worker'; import * as sql from 'ninzu/sql'; import * as sqlWorker from 'ninzu/sql/worker'; console.log(typeof Release, typeof worker.Release, typeof sql.Release, typeof sqlWorker.Release);`), 'function function function function\n');
});

test('strict TypeScript', () => {
  const app = join(folder, 'typescript');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(app, 'main.ts'),
    `import { NinzuError, Release, type Answer, type QueryJson } from 'ninzu';
import { Release as Worker, parse } from 'ninzu/worker';
import { Release as Sql, type SqlRow } from 'ninzu/sql';
import { Release as SqlWorker } from 'ninzu/sql/worker';
const query: QueryJson = { filter: { and: [{ dimension: 'sex', is: 'female' }, { not: { has: 'diagnosis' } }] }, by: ['centre'] };
const one: Release = await Release.open(new URL('https://example.org/release'), { id: 'x' });
const two: Worker = await Worker.open([new File([], 'datapackage.json')]);
const answer: Answer = await one.count(query, { signal: AbortSignal.timeout(1) });
const upper: number | null = answer.answer.persons.upper;
const lower: number | null | undefined = answer.by?.[0]?.lower;
const text: string = (await two.facets(await parse('everyone')))[0]?.values[0]?.label.ja ?? '';
try { two.dispose(); } catch (error) { if (error instanceof NinzuError && error.span) text.slice(...error.span); }
const rows: SqlRow[] = await (await Sql.open('release', { sqlMemory: 64, cache: 'kept' })).sql('select 1', { signal: AbortSignal.timeout(1) });
const bytes: Uint8Array = await (await SqlWorker.open('/release', { sqlUrl: '/sql.wasm' })).sqlArrow('select 1');
console.log(rows[0]?.['lower'] ?? null, bytes.length);
// @ts-expect-error only the entries of SQL have it
await one.sql('select 1');
// @ts-expect-error a worker cannot be handed a fetch
await Worker.open('/release', { fetch });
// @ts-expect-error no such command
await one.json('sum', query);
console.log(upper, lower);
`,
  );
  const compilerOptions = { noEmit: true, strict: true, exactOptionalPropertyTypes: true, module: 'nodenext', target: 'es2022', lib: ['es2022', 'dom'], types: [] };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', app], { encoding: 'utf8' });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});

test('every example of the README runs', async () => {
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```(js|html)\n([\s\S]*?)```/g)].map(([, kind, text]) => ({ kind, text }));
  assert.ok(examples.length >= 8);
  for (const { kind, text } of examples.filter((one) => hasSql || !one.text.includes('ninzu/sql'))) {
    const script = kind === 'html' ? /<script type="module">([\s\S]*)<\/script>/.exec(text)[1] : text;
    if (script.includes("open('release')")) {
      const app = mkdtempSync(join(folder, 'readme-'));
      symlinkSync(demo, join(app, 'release'));
      writeFileSync(join(app, 'main.mjs'), script);
      assert.match(execFileSync('node', ['main.mjs'], { cwd: app, encoding: 'utf8' }), /Everyone|upper: \d/);
      continue;
    }
    const places = {
      '/release': demo,
      '/ninzu': join(installed, 'dist'),
      '/index.html': () => html('<body><script type="module" src="/main.js"></script>'),
      '/main.js': () => `${plain(script)}\nwindow.told = document.body.textContent || 'done';`,
    };
    const said = await told(places);
    if (kind === 'html') assert.match(said, /^\d+ to \d+ people\. .*/);
    else assert.ok(said);
  }
});
