// The package in Node: the same bytes as the native command line, and every way in which a release can be wrong.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { before, test } from 'node:test';

import { memoryBytes, NinzuError, parse, print, Release } from '../dist/node.js';
import { differs, expected, isUnaudited, releases } from './native.mjs';
import { serve } from './server.mjs';

const [[, demo]] = releases;

/** A release's files in memory. */
async function files(folder) {
  const map = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    map.set(path.slice(folder.length + 1), new Uint8Array(await readFile(path)));
  }
  return map;
}

const fails = (kind, message) => (error) => error instanceof NinzuError && error.kind === kind && message.test(error.message);

// First: afterwards the module is loaded.
test('a module of another hash is refused', async () => {
  await assert.rejects(Release.open(demo, { integrity: 'sha256-AAAA' }), fails('tampered', /integrity/));
  const module = await readFile(new URL('../dist/wasm/ninzu_wasm_bg.wasm', import.meta.url));
  (await Release.open(demo, { integrity: `sha256-${createHash('sha256').update(module).digest('base64')}` })).dispose();
});

for (const [name, folder] of releases) {
  test(`${name}: native and wasm say the same bytes`, async () => {
    const release = await Release.open(folder, { unaudited: isUnaudited(folder) });
    const wrong = [];
    const all = await expected(name, folder);
    for (const one of all) {
      const got = await release.json(one.what, one.query).then((json) => ({ json }), (error) => ({ error: error.message }));
      const why = differs(one, got);
      if (why) wrong.push(why);
    }
    release.dispose();
    assert.deepEqual(wrong.slice(0, 5), []);
    assert.ok(all.filter((one) => one.json).length > 0.9 * all.length, 'most cases have answers');
  });
}

test('queries round-trip between text and JSON', async () => {
  const text = 'sex = female and not diagnosis = G40 by centre';
  const query = await parse(text);
  assert.equal(await print(query), text);
  const release = await Release.open(demo);
  assert.deepEqual(await release.count(query), await release.count(text));
  assert.deepEqual(await release.breakdown('sex = female', ['centre']), (await release.count('sex = female by centre')).by);
  release.dispose();
});

test('at least so many of some conditions, as text and as JSON', async () => {
  const filter = { at_least: 2, of: ['G40', 'I10', 'E11'].map((is) => ({ dimension: 'diagnosis', is })) };
  const text = 'at least 2 of (diagnosis = G40, diagnosis = I10, diagnosis = E11)';
  assert.deepEqual(await parse(text), { filter });
  assert.equal(await print({ filter }), text);
  const release = await Release.open(demo);
  const counts = async (query) => (await release.count(query)).answer.records;
  assert.deepEqual(await counts({ filter }), await counts(text));
  const [all, two, any] = await Promise.all(
    [3, 2, 1].map((n) => counts({ filter: { ...filter, at_least: n } })),
  );
  assert.ok(all.lower <= two.lower && two.lower <= any.lower && all.upper <= two.upper && two.upper <= any.upper);
  await assert.rejects(release.count({ filter: { ...filter, at_least: 4 } }), fails('syntax', /from 1 to the number of terms/));
  release.dispose();
});

test('errors point into the text as JavaScript counts', async () => {
  const release = await Release.open(demo);
  const text = 'diagnosis = "てんかん" and sex = femal';
  await assert.rejects(release.count(text), (error) => {
    assert.equal(error.kind, 'unknown_name');
    assert.equal(text.slice(...error.span), 'femal');
    assert.match(error.hint, /female/);
    return true;
  });
  release.dispose();
  await assert.rejects(release.count('everyone'), fails('disposed', /disposed/));
});

test('a flipped byte, a missing file and another release are told', async () => {
  const good = await files(demo);
  const flipped = new Map(good);
  const table = Uint8Array.from(good.get('cells/diagnosis.parquet'));
  table[100] ^= 1;
  flipped.set('cells/diagnosis.parquet', table);
  const release = await Release.open(flipped);
  await assert.rejects(release.verify(), fails('tampered', /cells\/diagnosis\.parquet: bytes \d+\.\.\d+ do not have the hash/));
  await release.count('sex = female');
  release.dispose();

  const incomplete = new Map([...good].filter(([path]) => path !== 'dimensions/sex.csv'));
  await assert.rejects(Release.open(incomplete), fails('io', /dimensions\/sex\.csv is not among the files/));
  await assert.rejects(Release.open(new Map()), fails('io', /datapackage\.json/));
  await assert.rejects(Release.open(good, { id: '00' }), fails('tampered', /has the id/));
  const id = createHash('sha256').update(good.get('datapackage.json')).digest('hex');
  (await Release.open(good, { id })).dispose();
});

test('an unaudited release is refused unless it is accepted', async () => {
  const good = await files(demo);
  const descriptor = JSON.parse(new TextDecoder().decode(good.get('datapackage.json')));
  descriptor.ninzu.protection.audited = false;
  good.set('datapackage.json', new TextEncoder().encode(JSON.stringify(descriptor)));
  await assert.rejects(Release.open(good), fails('unaudited', /no passed audit/));
  (await Release.open(good, { unaudited: true })).dispose();
});

test('a chosen folder may stand under its own name', async () => {
  const under = new Map([...(await files(demo))].map(([path, bytes]) => [`chosen/${path}`, new Blob([bytes])]));
  const release = await Release.open(under);
  assert.equal((await release.describe()).tables.length > 1, true);
  release.dispose();
});

let server;
before(async () => {
  server = await serve({ '/release': demo });
});

test('only the ranges that a question needs are fetched', async () => {
  server.log.length = 0;
  const release = await Release.open(`${server.url}/release`);
  const opened = server.log.length;
  await release.count('sex = female');
  const asked = server.log.slice(opened);
  assert.deepEqual(asked.map((r) => [r.path, r.status]), [['/release/cells/base.parquet', 206]]);
  await release.count('sex = male');
  assert.equal(server.log.length, opened + 1, 'what came is kept');
  await Promise.all([release.count('diagnosis = G40'), release.count('diagnosis = G40 by sex')]);
  const ranges = server.log.slice(opened + 1).filter((r) => r.path.endsWith('/diagnosis.parquet'));
  assert.ok(ranges.length > 0 && ranges.every((r) => r.status === 206));
  assert.equal(new Set(ranges.map((r) => r.range)).size, ranges.length, 'questions asked together share a fetch');
  release.dispose();
});

for (const mode of ['whole', 'gzip', 'gzip-range', 'misplaced', 'refused']) {
  test(`a server of the kind "${mode}" answers alike`, async () => {
    const kind = await serve({ '/release': demo }, { mode });
    const [one, two] = await Promise.all([Release.open(`${kind.url}/release`), Release.open(demo)]);
    for (const query of ['diagnosis = G40 by sex', 'specimen = serum and diagnosis = G40']) {
      assert.equal(await one.json('count', query), await two.json('count', query));
    }
    one.dispose();
    two.dispose();
    await kind.close();
  });
}

test('failed requests are repeated, and then told', async () => {
  const flaky = await serve({ '/release': demo }, { failures: 2 });
  const release = await Release.open(`${flaky.url}/release`);
  await release.count('everyone');
  release.dispose();
  await flaky.close();
  const broken = await serve({ '/release': demo }, { failures: 1e9 });
  await assert.rejects(Release.open(`${broken.url}/release`, { retries: 1 }), fails('io', /cannot be fetched: 503/));
  await broken.close();
  await assert.rejects(Release.open(`${server.url}/nowhere`), fails('io', /cannot be fetched: 404/));
  await assert.rejects(Release.open(`${broken.url}/release`, { retries: 0 }), fails('io', /cannot be fetched/));
});

test('bytes that changed on the server are refused', async () => {
  const lying = await serve({ '/release': demo }, { corrupt: '/cells/base.parquet' });
  const release = await Release.open(`${lying.url}/release`);
  await assert.rejects(release.count('everyone'), fails('tampered', /base\.parquet/));
  release.dispose();
  await lying.close();
});

test('a question ends when its signal says so, and others go on', async () => {
  const slow = await serve({ '/release': demo }, { delay: 200 });
  const release = await Release.open(`${slow.url}/release`);
  const abort = new AbortController();
  const ended = release.count('diagnosis = G40', { signal: abort.signal });
  const other = release.count('diagnosis = G40');
  setTimeout(() => abort.abort(), 30);
  await assert.rejects(ended, { name: 'AbortError' });
  assert.ok((await other).answer.persons.lower > 0);
  const disposed = release.count('specimen = serum');
  release.dispose();
  await assert.rejects(disposed, fails('disposed', /disposed/));
  await slow.close();
});

test('memory stays flat over 10,000 queries and 100 releases', async () => {
  const release = await Release.open(demo);
  const queries = ['diagnosis = G40 by centre', 'sex = female', 'life_stage in aya..adulthood and diagnosis = I10', 'specimen = serum'];
  for (const query of queries) await release.json('count', query);
  const start = memoryBytes();
  for (let i = 0; i < 10_000; i++) await release.json('count', queries[i % queries.length]);
  assert.equal(memoryBytes(), start, 'after queries');
  release.dispose();
  const one = async () => {
    const other = await Release.open(demo);
    await other.json('count', 'diagnosis = G40');
    other.dispose();
  };
  for (let i = 0; i < 10; i++) await one();
  const before = memoryBytes();
  for (let i = 0; i < 100; i++) await one();
  assert.equal(memoryBytes(), before, 'after releases');
});

test.after(() => server.close());
