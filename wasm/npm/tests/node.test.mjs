// The package in Node: the same bytes as the native command line, and every way in which a release can be wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { before, test } from 'node:test';

import { fold, memoryBytes, NinzuError, parse, print, Release, SearchIndex } from '../dist/node.js';
import { ja } from '../dist/messages/ja.js';
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

/** The fields of each line of a dictionary's file. */
async function records(folder, dimension) {
  const lines = (await readFile(`${folder}/dimensions/${dimension}.csv`, 'utf8')).split(/\r?\n/).filter((line) => line !== '');
  const fields = (line) => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell]) => cell.replace(/^"|"$/g, '').replaceAll('""', '"'));
  const [columns, ...rows] = lines.map(fields);
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
}

/** A dictionary's file: the rows of each code, in the order of the first one, and behind each code its onsets. */
async function dictionaryFile(folder, dimension) {
  const { dimensions } = JSON.parse(await readFile(`${folder}/datapackage.json`, 'utf8')).ninzu;
  const lifeStage = dimensions.find(({ role }) => role === 'life_stage');
  const stages = lifeStage ? await records(folder, lifeStage.name) : [];
  const codes = new Map();
  for (const { code: name, parent, onsets, label_en: en, label_ja: ja } of await records(folder, dimension)) {
    const isNew = !codes.has(name);
    const code = codes.get(name) ?? { name, label: { en, ja }, parents: [] };
    if (parent !== '') code.parents.push(parent);
    codes.set(name, code);
    if (!isNew || !onsets) continue;
    const places = onsets.split(' ').map((run) => run.split('-').map(Number));
    for (const [first, last = first] of places) {
      for (const { code: stage, label_en, label_ja } of stages.slice(first, last + 1)) {
        const label = { en: `${en}, first recorded in: ${label_en}`, ja: `${ja}（初回記録：${label_ja}）` };
        codes.set(`${name}@${stage}`, { name: `${name}@${stage}`, label, parents: [name] });
      }
    }
  }
  for (const code of codes.values()) if (code.parents.length === 0 && codes.has('*') && code.name !== '*') code.parents.push('*');
  return [...codes.values()];
}

for (const [name, folder] of releases) {
  test(`${name}: dictionaries are those of the files, in order, with onsets and what is counted`, async () => {
    const release = await Release.open(folder, { unaudited: isUnaudited(folder) });
    const { dimensions } = await release.describe();
    for (const { name, values, kind } of dimensions) {
      const entries = await release.dictionary(name);
      const sorted = (codes) => codes.map(({ name, label, parents }) => ({ name, label, parents: parents.toSorted() }));
      assert.equal(entries.length, values);
      assert.deepEqual(sorted(entries), sorted(await dictionaryFile(folder, name)));
      for (const { name, onset, declared } of entries) {
        assert.deepEqual(onset && `${onset.code}@${onset.stage}`, kind === 'codes' && name.includes('@') ? name : undefined);
        assert.ok(kind === 'codes' || declared);
      }
    }
    release.dispose();
  });
}

test('dictionaries say what lies above what, and which codes are counted by themselves', async () => {
  const release = await Release.open(demo);
  const entries = new Map((await release.dictionary('diagnosis')).map((entry) => [entry.name, entry]));
  assert.deepEqual(entries.get('*').parents, []);
  assert.deepEqual(entries.get('A00-B99').parents, ['*']);
  assert.deepEqual(entries.get('A00-B99@infancy').onset, { code: 'A00-B99', stage: 'infancy' });
  assert.ok(!('onset' in entries.get('A00-B99')));
  const above = (name) => entries.get(name).parents.flatMap((parent) => [parent, ...above(parent)]);
  assert.deepEqual(above('G40.3'), ['G40', 'G00-G99', '*']);
  assert.ok([...entries.values()].every(({ declared }) => declared));
  release.dispose();

  // A table that declares some codes only.
  const some = await files(demo);
  const descriptor = JSON.parse(new TextDecoder().decode(some.get('datapackage.json')));
  descriptor.ninzu.tables.find(({ name }) => name === 'diagnosis').declared = [['*'], ['G40']];
  some.set('datapackage.json', new TextEncoder().encode(JSON.stringify(descriptor)));
  const fewer = await Release.open(some);
  const declared = async (name) => (await fewer.dictionary(name)).filter((entry) => entry.declared).map((entry) => entry.name);
  assert.deepEqual(await declared('diagnosis'), ['*', 'G40']);
  assert.equal((await declared('sex')).length, 3);
  fewer.dispose();
});

test('a dimension that is not there, and one that is none, are errors that say what there is', async () => {
  const release = await Release.open(demo);
  for (const name of ['diagnose', '', undefined, 7, 'Diagnosis', '*']) {
    await assert.rejects(release.dictionary(name), (error) => {
      assert.ok(fails('unknown_name', /^there is no dimension `/)(error), String(error));
      assert.match(error.hint, /the dimensions are .*`diagnosis`/);
      return true;
    });
  }
  await assert.rejects(release.search('x', { dimensions: ['sex', 'nothing'] }), (error) => fails('unknown_name', /`nothing`/)(error) && /`sex`/.test(error.hint));
  for (const limit of [-1, NaN, 'many']) await assert.rejects(release.search('x', { limit }), fails('invalid_query', /limit/));
  await assert.rejects(release.search(7), fails('invalid_query', /text/));
  release.dispose();
  await assert.rejects(release.dictionary('sex'), fails('disposed', /disposed/));
  await assert.rejects(release.search('G40'), fails('disposed', /disposed/));
});

test('search finds codes by their beginning and by words of both languages, however they are written', async () => {
  const release = await Release.open(demo);
  const names = async (text, options) => (await release.search(text, options)).map((one) => one.name);
  assert.equal((await names('G40'))[0], 'G40');
  for (const text of ['g40.3', 'G403', 'Ｇ４０．３', 'g40-3']) assert.equal((await names(text))[0], 'G40.3', text);
  const [first] = await release.search('G40');
  assert.deepEqual({ dimension: first.dimension, name: first.name, ...first.label }, { dimension: 'diagnosis', name: 'G40', en: 'Epilepsy', ja: 'てんかん' });
  for (const text of ['epilepsy', 'EPILEPSY', 'Épilepsy', 'てんかん', 'テンカン', 'ﾃﾝｶﾝ']) assert.equal((await names(text))[0], 'G40', text);
  // Words in any order, also those of the labels above.
  assert.deepEqual(await names('childhood epilepsy generalised'), ['G40.3']);
  assert.deepEqual(await names('全般 てんかん 神経'), ['G40.3']);
  // The best first; an onset is found by its code, and the root not at all.
  const all = await release.search('a', { limit: Infinity });
  assert.ok(all.length > 100 && all.every((one) => !one.onset && one.name !== '*'));
  assert.equal((await release.search('a')).length, 50);
  assert.deepEqual(await names('a', { limit: 7 }), all.slice(0, 7).map((one) => one.name));
  assert.deepEqual(await names('a', { limit: 0 }), []);
  assert.deepEqual(new Set((await release.search('a', { dimensions: ['specimen', 'sex'] })).map((one) => one.dimension)), new Set(['specimen', 'sex']));
  for (const nothing of ['', '  ', 'zzzzzz', '、']) assert.deepEqual(await names(nothing), [], nothing);
  // What is only spelled nearly so is asked for, and marked.
  assert.deepEqual(await names('epilpesy'), []);
  const near = await release.search('epilpesy', { near: true });
  assert.ok(near[0].name.startsWith('G40') && near.every((one) => one.near));
  assert.ok((await release.search('epilepsy', { near: true })).every((one) => !one.near));
  assert.ok((await names('fits', { synonyms: (word) => (word === 'fits' ? ['epilepsy'] : []) })).includes('G40'));
  release.dispose();
});

test('an index that is made of dictionaries answers as a search does', async () => {
  const release = await Release.open(demo);
  const { dimensions } = await release.describe();
  const dictionaries = await Promise.all(dimensions.map(async ({ name }) => [name, await release.dictionary(name)]));
  const index = new SearchIndex(new Map(dictionaries));
  for (const text of ['G40', 'てんかん', 'dna', 'a b']) assert.deepEqual(index.find(text), await release.search(text), text);
  assert.equal(fold('Ｇ４０ てんかん Café'), 'g40 テンカン cafe');
  release.dispose();
});

test('what is above a code in several ways finds it once', () => {
  const label = (en) => ({ en, ja: '' });
  const index = new SearchIndex(new Map([['d', [
    { name: '*', label: label('any'), parents: [], declared: true },
    { name: 'a', label: label('heart'), parents: ['*'], declared: true },
    { name: 'b', label: label('vessels'), parents: ['*'], declared: true },
    { name: 'c', label: label('stroke'), parents: ['a', 'b'], declared: false },
  ]]]));
  assert.deepEqual(index.find('heart').map(({ name }) => name), ['a', 'c']);
  assert.deepEqual(index.find('vessels stroke').map(({ name, parents }) => [name, parents]), [['c', ['a', 'b']]]);
});

test('a signal ends the wait for a dictionary or a search, and nobody else\'s', async () => {
  const release = await Release.open(demo);
  const why = new Error('enough');
  const gone = AbortSignal.abort(why);
  const is = (error) => error === why;
  await assert.rejects(release.dictionary('sex', { signal: gone }), is);
  await assert.rejects(release.search('G40', { signal: gone }), is);
  const abort = new AbortController();
  const [ended, other] = [release.search('G40', { signal: abort.signal }), release.search('G40')];
  abort.abort(why);
  await assert.rejects(ended, is);
  assert.equal((await other)[0].name, 'G40');
  assert.equal((await release.search('G40', { signal: new AbortController().signal }))[0].name, 'G40');
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

test('errors are data, and said as the command line says them, in both languages', async () => {
  const release = await Release.open(demo);
  const texts = [
    'sex = femal', 'diagnosis = epilepsi', 'sex = xyz', 'diagnosis = zzzzzz', 'sx = female', 'sex = (female, male)', 'life_stage in aya..infancy', 'sex in ()', 'at least 3 of (has data)',
    'everyone by centre, diagnosis, specimen, data, consent', '{"filter": 5}', '{"filter": {"dimension": "sex", "is": null}}', '{"filter": {"at_least": 2, "of": ["everyone"]}}',
  ];
  for (const text of texts) {
    const error = await release.count(text).then(() => assert.fail(text), (thrown) => thrown);
    for (const [lang, said] of [['en', error], ['ja', error.in(ja)]]) {
      const { stderr } = spawnSync(process.env.NINZU, ['query', demo, text, '--lang', lang, ...(isUnaudited(demo) ? ['--unaudited'] : [])], { encoding: 'utf8' });
      assert.ok(stderr.includes(`x ${said.message}`) && (!said.hint || stderr.includes(`help: ${said.hint}`)), `${text}: ${said.message} — ${said.hint} — ${stderr}`);
    }
  }
  const error = await release.count('sex = femal').catch((thrown) => thrown);
  assert.deepEqual([error.code, error.args, error.hintCode, error.hintArgs], ['query.unknown_value', { word: 'femal', dimension: 'sex' }, 'hint.did_you_mean', { names: [{ name: 'female' }] }]);
  assert.equal(error.in({ 'query.unknown_value': '{dimension}: {word}? {other}' }).message, 'sex: femal? {other}');
  assert.deepEqual(error.in({}), { message: error.message, hint: error.hint });
  release.dispose();
});

test('errors of the package itself are data too', async () => {
  const error = await Release.open(new Map()).then(() => assert.fail(), (thrown) => thrown);
  assert.deepEqual([error.code, error.args, error.hintCode], ['file.not_chosen', { file: 'datapackage.json' }, 'hint.choose_folder']);
  assert.match(error.message, /^datapackage\.json is not among the files$/);
  assert.match(error.in(ja).message, /^datapackage\.jsonが選ばれたファイルの中にありません$/);
  assert.match(error.in(ja).hint, /フォルダ/);
});

test('a policy that is refused is said in words, where the descriptor has it', async () => {
  const good = await files(demo);
  const policies = [
    [{ threshold: 0 }, /^datapackage\.json is not a release's descriptor: the threshold of its policy hides nothing( at line \d+ column \d+)?$/, /thresholdでは何も秘匿されません/],
    [{ base: 0 }, /: base = 0 is no bucket width( at|$)/, /区間の幅になりません/],
    [{ decoy: { published: 0.9, unlisted: 0.1 } }, /: a decoy rate of its policy/, /デコイの割合/],
  ];
  for (const [change, en, inJapanese] of policies) {
    const descriptor = JSON.parse(new TextDecoder().decode(good.get('datapackage.json')));
    delete descriptor.ninzu.policy.preset;
    Object.assign(descriptor.ninzu.policy, change);
    const bad = new Map(good).set('datapackage.json', new TextEncoder().encode(JSON.stringify(descriptor)));
    const error = await Release.open(bad).then(() => assert.fail(), (thrown) => thrown);
    assert.equal(error.code, 'release.no_descriptor');
    assert.match(error.message, en);
    assert.match(error.in(ja).message, inJapanese);
  }
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
