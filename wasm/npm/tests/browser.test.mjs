// The package in Chromium, in the page and in its worker, on pages that may load nothing from elsewhere and evaluate nothing.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Release } from '../dist/node.js';
import { casesOf, differs, expected, isUnaudited, releases } from './native.mjs';
import { launch, until } from './chromium.mjs';
import { needsSql } from './has-sql.mjs';
import { CSP, serve } from './server.mjs';

const [[, demo]] = releases;
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const page = (script) => `<!doctype html><meta charset="utf-8"><title>Ninzu</title><script type="module" src="${script}"></script>`;

// What a page makes reachable for the test; and a worker that also breaks when it is told to.
const places = {
  '/dist': dist,
  ...Object.fromEntries(releases.map(([name, folder]) => [`/${name}`, folder])),
  '/page.html': () => page('/page.js'),
  '/worker.html': () => page('/worker.js'),
  '/page.js': () => `import * as ninzu from '/dist/index.js'; window.ninzu = ninzu;`,
  '/sql.html': () => page('/sql.js'),
  '/sql-worker.html': () => page('/sql-worker.js'),
  '/sql.js': () => `import * as ninzu from '/dist/sql.js'; window.ninzu = ninzu;`,
  '/sql-worker.js': () => `import * as ninzu from '/dist/sql-worker.js'; window.ninzu = ninzu;`,
  '/worker.js': () => `import * as ninzu from '/dist/worker.js'; window.ninzu = ninzu;`,
  '/breaking.js': () => `
    import '/dist/worker-entry.js';
    addEventListener('message', ({ data }) => { if (data.request?.query === 'specimen = serum') throw new Error('broken on purpose'); });`,
};

let server, browser, outside;
before(async () => {
  server = await serve(places, { csp: CSP });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A page, with everything that it may not do noted. */
async function open(path, context) {
  const opened = await (context ?? browser).newPage();
  outside = [];
  opened.on('request', (request) => {
    if (!request.url().startsWith(server.url)) outside.push(request.url());
  });
  opened.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) outside.push(message.text());
  });
  opened.on('pageerror', (error) => outside.push(String(error)));
  await opened.goto(server.url + path);
  await until(opened, 'ninzu');
  return opened;
}

for (const where of ['page', 'worker']) {
  for (const [name, folder] of releases) {
    test(`${name}: native and the ${where} say the same bytes, and nothing leaves the origin`, async () => {
      const opened = await open(`/${where}.html`);
      const all = await expected(name, folder);
      const got = await opened.evaluate(
        async ([url, unaudited, cases]) => {
          const release = await window.ninzu.Release.open(url, { unaudited });
          const answers = [];
          for (const { what, query } of cases) {
            answers.push(await release.json(what, query).then((json) => ({ json }), (error) => ({ error: error.message })));
          }
          release.dispose();
          return answers;
        },
        [`/${name}`, isUnaudited(folder), all.map(({ what, query }) => ({ what, query }))],
      );
      assert.deepEqual(all.map((one, i) => differs(one, got[i])).filter(Boolean).slice(0, 5), []);
      assert.deepEqual(outside, []);
      await opened.close();
    });
  }
}

for (const where of ['page', 'worker', 'sql', 'sql-worker']) {
  test(`dictionaries and searches are the same in the ${where} as in Node`, async () => {
    const opened = await open(`/${where}.html`);
    const texts = ['g403', 'ﾃﾝｶﾝ', 'epilepsy', 'dna', ''];
    const dimensions = ['sex', 'life_stage', 'diagnosis', 'specimen'];
    const ask = async (release) => ({
      dictionaries: await Promise.all(dimensions.map((name) => release.dictionary(name))),
      searches: await Promise.all(texts.map((text) => release.search(text, { limit: 5 }))),
    });
    const release = await Release.open(demo);
    const expected = await ask(release);
    release.dispose();
    const got = await opened.evaluate(async ([dimensions, texts]) => {
      const { NinzuError, Release } = window.ninzu;
      const release = await Release.open('/demo');
      const dictionaries = await Promise.all(dimensions.map((name) => release.dictionary(name)));
      const synonyms = (word) => (word === 'fits' ? ['epilepsy'] : []);
      const searches = await Promise.all(texts.map((text) => release.search(text, { limit: 5 })));
      const fits = await release.search('fits', { synonyms });
      const unknown = await release.dictionary('nothing').catch((error) => [error instanceof NinzuError, error.kind, error.message, error.hint]);
      const ended = [];
      for (const ask of ['dictionary', 'search']) {
        const abort = new AbortController();
        const asked = release[ask]('diagnosis', { signal: abort.signal }).then(() => 'answered', (error) => error);
        abort.abort('enough');
        ended.push(await asked, await release[ask]('diagnosis', { signal: AbortSignal.abort('before') }).catch((error) => error));
      }
      const after = (await release.search('G40'))[0].name;
      release.dispose();
      const gone = await Promise.all(['dictionary', 'search'].map((ask) => release[ask]('sex').catch((error) => error.kind)));
      return { dictionaries, searches, fits: fits[0].name, unknown, ended, after, gone };
    }, [dimensions, texts]);
    assert.deepEqual({ dictionaries: got.dictionaries, searches: got.searches }, expected);
    assert.ok(expected.searches[1][0].name === 'G40' && got.fits === 'G40' && got.after === 'G40');
    const [isOurs, kind, message, hint] = got.unknown;
    assert.deepEqual([isOurs, kind, message], [true, 'unknown_name', 'there is no dimension `nothing`']);
    assert.match(hint, /`diagnosis`/);
    // In the page's thread a dictionary is there before anything could end it; an index may be too.
    assert.deepEqual([got.ended[1], got.ended[3]], ['before', 'before']);
    if (where.endsWith('worker')) assert.equal(got.ended[0], 'enough');
    assert.deepEqual(got.gone, ['disposed', 'disposed']);
    assert.deepEqual(outside, []);
    await opened.close();
  });
}

for (const where of ['sql', 'sql-worker']) {
  test(`SQL in Chromium, ${where}: its module comes with the first statement, and nothing leaves the origin`, needsSql, async () => {
    const opened = await open(`/${where}.html`);
    server.log.length = 0;
    const fetched = () => server.log.filter(({ path }) => path.endsWith('_sql_bg.wasm')).length;
    const cases = casesOf('demo').filter(([what, query]) => what === 'count' && / by /.test(query)).slice(0, 20);
    const answers = await opened.evaluate(async (queries) => {
      window.release = await window.ninzu.Release.open('/demo');
      return Promise.all(queries.map((query) => window.release.count(query).catch((error) => error.kind)));
    }, cases.map(([, query]) => query));
    assert.equal(fetched(), 0);
    const got = await opened.evaluate(async (queries) => {
      const rows = [];
      for (const query of queries) {
        rows.push(await window.release.sql(`select * from cohort('${query.replaceAll("'", "''")}')`).catch((error) => error.kind));
      }
      const bytes = await window.release.sqlArrow('select * from cells_base');
      const refused = await window.release.sql('drop table dimensions').catch((error) => [error instanceof window.ninzu.NinzuError, error.kind]);
      window.release.dispose();
      return { rows, bytes: bytes.length, refused, gone: await window.release.sql('select 1').catch((error) => error.kind) };
    }, cases.map(([, query]) => query));
    assert.equal(fetched(), 1);
    for (const [i, answer] of answers.entries()) {
      const expected = answer.by?.map(({ key, lower = null, upper = null, status }) => ({ ...key, lower, upper, status })) ?? answer;
      const rows = Array.isArray(got.rows[i]) ? got.rows[i].map(({ estimate, sharp, ...row }) => row) : got.rows[i];
      assert.deepEqual(rows, expected, cases[i][1]);
    }
    assert.ok(answers.filter((answer) => answer.by).length > 10);
    assert.ok(got.bytes > 100);
    assert.deepEqual([got.refused, got.gone], [[true, 'invalid_query'], 'disposed']);
    assert.deepEqual(outside, []);
    await opened.close();
  });
}

test('a statement that is too large is refused, and the next one is answered', needsSql, async () => {
  const opened = await open('/sql-worker.html');
  const told = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/demo');
    const deep = `select ${'1 + '.repeat(20_000)} 1`;
    const error = await release.sql(deep).catch((error) => error);
    const rows = await release.sql("select upper from cohort('everyone')");
    release.dispose();
    return [error instanceof window.ninzu.NinzuError, error.kind, rows.length > 0];
  });
  assert.deepEqual(told, [true, 'invalid_query', true]);
  await opened.close();
});

for (const where of ['page', 'worker']) {
  test(`the module may be loaded before, ${where}: it is fetched once, and a failure is no end`, async () => {
    const opened = await open(`/${where}.html`);
    server.log.length = 0;
    const told = await opened.evaluate(async () => {
      const { load, Release } = window.ninzu;
      const failed = await load({ wasmUrl: '/nothing.wasm' }).catch((error) => error.kind);
      await load();
      const [release] = await Promise.all([Release.open('/demo'), load()]);
      return [failed, (await release.count('everyone')).answer.records.upper > 0];
    });
    assert.deepEqual(told, ['io', true]);
    // The page fetches it for its worker, which tries by itself where that fails.
    const fetched = (name) => server.log.filter(({ path }) => path.endsWith(name)).length;
    assert.ok(fetched('nothing.wasm') <= 2);
    assert.equal(fetched('ninzu_wasm_bg.wasm'), 1);
    await opened.close();
  });
}

test('files that were chosen are read in the page and in the worker', async () => {
  const names = (await readdir(demo, { recursive: true, withFileTypes: true })).filter((e) => e.isFile()).map((e) => `${e.parentPath}/${e.name}`);
  const contents = await Promise.all(names.map(async (name) => [name.slice(demo.length + 1), (await readFile(name)).toString('base64')]));
  for (const where of ['page', 'worker']) {
    const opened = await open(`/${where}.html`);
    const [one, two] = await opened.evaluate(async (contents) => {
      const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const files = new Map(contents.map(([path, text]) => [`chosen/${path}`, new File([bytes(text)], path)]));
      const [chosen, fetched] = await Promise.all([window.ninzu.Release.open(files), window.ninzu.Release.open('/demo')]);
      return Promise.all([chosen.json('count', 'diagnosis = G40 by sex'), fetched.json('count', 'diagnosis = G40 by sex')]);
    }, contents);
    assert.equal(one, two);
    await opened.close();
  }
});

test('a worker that stops is replaced, its calls reject, and the next question is answered', async () => {
  const opened = await open('/worker.html');
  const told = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/demo', { workerUrl: '/breaking.js' });
    const before = await release.json('count', 'sex = female');
    const errors = await Promise.allSettled([release.json('count', 'specimen = serum'), release.json('facets', 'everyone')]);
    return {
      errors: errors.map((e) => `${e.reason instanceof window.ninzu.NinzuError} ${e.reason?.kind} ${e.reason?.hint}`),
      same: before === (await release.json('count', 'sex = female')),
    };
  });
  assert.deepEqual(told.errors, Array(2).fill('true crashed ask again: a new worker is started'));
  assert.equal(told.same, true);
  await opened.close();
});

test('a worker that cannot be loaded is told', async () => {
  const opened = await open('/worker.html');
  const kind = await opened.evaluate(() => window.ninzu.Release.open('/demo', { workerUrl: '/nothing.js' }).catch((error) => error.kind));
  assert.equal(kind, 'io');
  const option = await opened.evaluate(() => window.ninzu.Release.open('/demo', { fetch }).catch((error) => error.kind));
  assert.equal(option, 'unsupported');
  await opened.close();
});

test('a question to the worker ends when its signal says so', async () => {
  const opened = await open('/worker.html');
  const told = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/demo');
    const abort = new AbortController();
    const ended = release.count('diagnosis = G40', { signal: abort.signal }).catch((error) => error.name);
    const other = release.count('specimen = serum');
    abort.abort();
    const name = await ended;
    const late = await release.count('everyone', { signal: abort.signal }).catch((error) => error.name);
    return [name, late, (await other).answer.persons.lower > 0];
  });
  assert.deepEqual(told, ['AbortError', 'AbortError', true]);
  await opened.close();
});

test('errors from the worker are the same, with their place', async () => {
  const opened = await open('/worker.html');
  const told = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/demo');
    const error = await release.count('sex = femal').catch((error) => error);
    const query = await window.ninzu.parse('sex = female');
    const text = await window.ninzu.print(query);
    release.dispose();
    const disposed = await release.count('everyone').catch((error) => error.kind);
    return [error instanceof window.ninzu.NinzuError, error.kind, error.span, text, disposed];
  });
  assert.deepEqual(told, [true, 'unknown_name', [6, 11], 'sex = female', 'disposed']);
  await opened.close();
});

test('what was kept is answered without a network', async () => {
  const context = await browser.newContext();
  const opened = await open('/page.html', context);
  const first = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/demo', { cache: 'ninzu' });
    await release.verify();
    const json = await release.json('count', 'diagnosis = G40 by sex');
    release.dispose();
    return json;
  });
  await context.setOffline(true);
  const again = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/demo', { cache: 'ninzu', retries: 0 });
    return release.json('count', 'diagnosis = G40 by sex');
  });
  assert.equal(again, first);
  const without = await opened.evaluate(() => window.ninzu.Release.open('/demo', { retries: 0 }).catch((error) => error.kind));
  assert.equal(without, 'io');
  await context.close();
});

test('memory stays flat over 10,000 queries in the worker', async () => {
  const opened = await open('/worker.html');
  const [before, after] = await opened.evaluate(async () => {
    const release = await window.ninzu.Release.open('/demo');
    const queries = ['diagnosis = G40 by centre', 'sex = female', 'specimen = serum and sex = male'];
    for (const query of queries) await release.json('count', query);
    const before = await release.memoryBytes();
    for (let i = 0; i < 10_000; i++) await release.json('count', queries[i % queries.length]);
    return [before, await release.memoryBytes()];
  });
  assert.ok(before > 0);
  assert.equal(after, before);
  await opened.close();
});
