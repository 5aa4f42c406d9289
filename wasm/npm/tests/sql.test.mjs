// SQL in Node: what the other commands say, from only the bytes that are needed, and nothing but reading.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { NinzuError, Release } from '../dist/sql-node.js';
import { casesOf, isUnaudited, releases } from './native.mjs';
import { serve } from './server.mjs';

const [[, demo]] = releases;
const fails = (kind, message) => (error) => error instanceof NinzuError && error.kind === kind && message.test(error.message);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

let release;
before(async () => {
  // First: afterwards the module is loaded.
  const wrong = await Release.open(demo, { sqlIntegrity: 'sha256-AAAA' });
  await assert.rejects(wrong.sql('select 1'), fails('tampered', /integrity/));
  wrong.dispose();
  release = await Release.open(demo);
});
after(() => release.dispose());

/** The rows that `cohort` should have. */
function rowsOf({ centres, by }) {
  const row = (key, { lower = null, upper = null, estimate = null, status, sharp }) => ({ ...key, lower, upper, estimate, status, sharp });
  return by ? by.map((part) => row(part.key, part)) : centres.map((part) => row({ centre: part.centre }, part));
}

for (const [name, folder] of releases) {
  test(`${name}: cohort() says what count says`, async () => {
    const opened = await Release.open(folder, { unaudited: isUnaudited(folder) });
    let answers = 0;
    for (const [what, query] of casesOf(name)) {
      if (what !== 'count') continue;
      const statement = `select * from cohort(${quoted(query)})`;
      // A query as JSON is for the other methods.
      const told = query.startsWith('{') ? { error: { message: '' } } : await opened.count(query).then((answer) => ({ answer }), (error) => ({ error }));
      if (told.error) {
        await assert.rejects(opened.sql(statement), (e) => e instanceof NinzuError && e.message.includes(told.error.message), query);
        continue;
      }
      const keys = told.answer.by ? (row) => JSON.stringify(Object.entries(row).sort()) : JSON.stringify;
      assert.deepEqual((await opened.sql(statement)).map(keys), rowsOf(told.answer).map(keys), query);
      answers++;
    }
    assert.ok(answers > 80, `${answers} cases have answers`);
    opened.dispose();
  });
}

test('statements of every sort say what the command line says', async () => {
  const statements = [
    'select table_name, column_name from information_schema.columns where table_name like \'cells%\' order by 1, 2',
    'select count(*) as n, sum(lo) as lo, min(hi), max(hi), avg(lo) from cells_diagnosis',
    "select centre, lower, upper from cohort('diagnosis = G40') where upper > 9 order by upper desc, centre limit 3",
    "select dimension, count(distinct code) as n from dimensions group by dimension having count(*) > 1 order by 1",
    "select sex, sum(lo) as lo from cells_base where sex is not null and life_stage is null group by rollup(sex) order by lo, sex",
    'select centre from cells_base union select code from dimensions order by 1 limit 5',
    'select lo from cells_base union all select hi from cells_base order by 1 nulls first limit 7',
    "with c as (select * from cohort('sex = female by life_stage')) select life_stage, upper, rank() over (order by upper desc) as r from c order by r, life_stage",
    "select d.label_en, c.lo, c.hi from cells_diagnosis c join dimensions d on d.dimension = 'diagnosis' and d.code = c.diagnosis where c.sex is null and c.life_stage is null order by c.lo desc, c.diagnosis, c.centre limit 5",
    "select a.centre, a.lower - b.lower as more from cohort('everyone') a left join cohort('diagnosis = G40') b using (centre) order by a.centre",
    "select code from dimensions where dimension = 'diagnosis' and label_en ilike '%diabetes%' and code not in (select diagnosis from cells_diagnosis where hi < 10) order by code",
    "select case when lo >= 100 then 'many' else 'few' end as much, count(*) as n from cells_diagnosis group by 1 order by 1",
    "select upper(code) as c, length(label_ja) as n, substr(label_en, 1, 3) as s, round(position / 3.0) as p from dimensions order by dimension, position, parent limit 9",
    "select coalesce(cast(hi as varchar), 'none') as h, lo % 7 as m from cells_base order by lo, hi limit 4",
    "select centre, lo, lag(lo) over (partition by centre order by lo) as before, row_number() over (order by lo, centre, hi) as n from cells_base where sex is null order by n limit 6",
    "select count(*) from cells_base where exists (select 1 from dimensions where dimension = 'sex' and code = cells_base.sex)",
    "select (select max(hi) from cells_base) as most, 1 / 4.0 as q, true as yes, null as nothing",
    "select 1 as one where false",
    "select distinct centre from cells_specimen order by centre",
  ];
  for (const statement of statements) {
    const native = execFileSync(process.env.NINZU, ['sql', demo, statement, '--format', 'json'], { encoding: 'utf8' });
    const rows = await release.sql(statement).catch((error) => assert.fail(`${statement}: ${error.message}`));
    assert.deepEqual(rows, JSON.parse(native), statement);
  }
});

test('rows, Arrow and Parquet agree', async () => {
  const statement = "select diagnosis, centre, sex, lo, hi, lo / 3.0 as third from cells_diagnosis order by 1, 2, 3, 4 limit 50";
  const read = `import sys, json, pyarrow as pa
print(json.dumps([row for batch in pa.ipc.open_stream(sys.stdin.buffer) for row in batch.to_pylist()]))`;
  const python = (bytes) => JSON.parse(execFileSync(process.env.NINZU_PYTHON, ['-c', read], { input: bytes, encoding: 'utf8' }));
  const rows = await release.sql(statement);
  assert.equal(rows.length, 50);
  assert.ok(rows.some((row) => row.sex === null) && rows.some((row) => row.sex !== null));
  assert.deepEqual(python(await release.sqlArrow(statement)), rows);
  assert.deepEqual(python(await release.sqlArrow('select 1 as one where false')), []);

  const readParquet = `import sys, io, json, pyarrow.parquet as pq
file = pq.ParquetFile(io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps([file.read().to_pylist(), {k.decode(): v.decode() for k, v in file.metadata.metadata.items() if k.startswith(b'ninzu.')}]))`;
  const parquet = (bytes) => JSON.parse(execFileSync(process.env.NINZU_PYTHON, ['-c', readParquet], { input: bytes, encoding: 'utf8' }));
  assert.deepEqual(parquet(await release.sqlParquet(`${statement}\n`)), [rows, { 'ninzu.sql': statement, 'ninzu.release': release.id }]);
  assert.deepEqual(parquet(await release.sqlParquet('select 1 as one where false'))[0], []);
});

test('statements only read', async () => {
  const refused = [
    "copy (select 1) to 'out.csv'",
    "create external table t stored as csv location '/etc/hostname'",
    'create table t as select 1',
    'create view v as select 1',
    'drop table dimensions',
    'insert into dimensions select * from dimensions',
    'delete from dimensions',
    'set datafusion.execution.batch_size = 1',
    'prepare p as select 1',
    "select * from '/etc/hostname'",
    'select 1; select 2',
  ];
  for (const statement of refused) {
    await assert.rejects(release.sql(statement), (error) => error instanceof NinzuError && error.kind === 'invalid_query', statement);
  }
  assert.equal((await release.sql('select count(*) as n from dimensions'))[0].n > 0, true);
});

test('errors say what to do', async () => {
  await assert.rejects(release.sql("select * from cohort('diagnosis = I1O')"), (error) => {
    assert.equal(error.kind, 'unknown_name');
    assert.match(error.message, /in cohort\("diagnosis = I1O"\).*I1O/);
    assert.match(error.hint, /I10/);
    return true;
  });
  await assert.rejects(release.sql('select * from cohort(1)'), fails('invalid_query', /cohort takes one query/));
  await assert.rejects(release.sql('select nothing from nowhere'), (e) => fails('invalid_query', /nowhere/)(e) && /show tables/.test(e.hint));
  await assert.rejects(release.sql('selekt'), fails('invalid_query', /selekt/i));
  const small = await Release.open(demo, { sqlMemory: 1 });
  const large = 'select a.diagnosis || b.diagnosis as x, count(*) from cells_diagnosis a, cells_diagnosis b group by 1';
  await assert.rejects(small.sql(large), (e) => fails('invalid_query', /more memory/)(e) && /fewer rows/.test(e.hint));
  small.dispose();
});

test('only the ranges that a statement needs are fetched, once', async () => {
  const server = await serve({ '/release': demo });
  const remote = await Release.open(`${server.url}/release`);
  const before = server.log.length;
  const statement = "select c.lower, d.upper from cohort('diagnosis = G40') c join cohort('sex = female') d using (centre)";
  const rows = await remote.sql(statement);
  assert.deepEqual(rows, await release.sql(statement));
  const cells = server.log.slice(before).filter((r) => r.path.includes('/cells/'));
  assert.ok(cells.length > 0 && cells.every((r) => r.status === 206), JSON.stringify(cells));
  assert.ok(cells.reduce((sum, r) => sum + r.bytes, 0) < (await readFile(`${demo}/cells/diagnosis.parquet`)).length);
  const asked = server.log.length;
  await remote.sql(statement);
  assert.equal(server.log.length, asked, 'what came is kept');
  await Promise.all([remote.sql('select count(*) from cells_base'), remote.sql('select sum(lo) from cells_base')]);
  remote.dispose();
  await server.close();
});

/** A release's files in memory. */
async function files() {
  const map = new Map();
  for (const entry of await readdir(demo, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    map.set(path.slice(demo.length + 1), new Uint8Array(await readFile(path)));
  }
  return map;
}

test('a missing file and a flipped byte are told, and other statements go on', async () => {
  const broken = await files();
  broken.delete('cells/diagnosis.parquet');
  broken.get('cells/specimen.parquet')[100] ^= 1;
  const opened = await Release.open(broken);
  await assert.rejects(opened.sql('select count(*) from cells_diagnosis'), fails('io', /cells\/diagnosis\.parquet is not among the files/));
  await assert.rejects(opened.sql("select * from cohort('diagnosis = G40')"), fails('io', /cells\/diagnosis\.parquet/));
  await assert.rejects(opened.sql('select count(*) from cells_specimen'), fails('tampered', /cells\/specimen\.parquet/));
  assert.ok((await opened.sql("select upper from cohort('sex = female')"))[0].upper > 0);
  opened.dispose();
  await assert.rejects(opened.sql('select 1'), fails('disposed', /disposed/));
});

test('a release that was replaced is refused', async () => {
  let served = 0;
  const descriptor = await readFile(`${demo}/datapackage.json`);
  // The same release with another blank is another release.
  const replaced = Buffer.concat([descriptor, Buffer.from('\n')]);
  const server = await serve({ '/release': demo, '/release/datapackage.json': () => (served++ ? replaced : descriptor) });
  const opened = await Release.open(`${server.url}/release`);
  await assert.rejects(opened.sql('select 1'), fails('tampered', /was replaced/));
  opened.dispose();
  await server.close();
});

test('a statement ends when its signal says so, and others go on', async () => {
  const slow = await serve({ '/release': demo }, { delay: 100 });
  const opened = await Release.open(`${slow.url}/release`);
  await opened.sql('select 1');
  const abort = new AbortController();
  const ended = opened.sql("select * from cohort('diagnosis = G40')", { signal: abort.signal });
  const other = opened.sql("select * from cohort('diagnosis = G40')");
  setTimeout(() => abort.abort(), 30);
  await assert.rejects(ended, { name: 'AbortError' });
  assert.ok((await other).length > 0);
  const disposed = opened.sql("select * from cohort('specimen = serum')");
  opened.dispose();
  await assert.rejects(disposed, fails('disposed', /disposed/));
  await slow.close();
});
