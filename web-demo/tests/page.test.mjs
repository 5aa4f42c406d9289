// The page in Chromium, in both languages: what people do on it, and that it says what the command line says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { needsSql } from '../../wasm/npm/tests/has-sql.mjs';
import { byKeyboard, byMouse, cohorts } from './cohorts.mjs';
import { afresh, demo, dist, launch, native, open, part, settled, short, site, told } from './page.mjs';

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), site()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** The page says what the command line says. */
async function agrees(page, query, lang) {
  const expected = native(query);
  const said = await told(page);
  assert.equal(said.query, expected.query);
  const { records, persons, status } = expected.answer;
  const headline = short({ ...records, status }, lang);
  assert.ok(said.headline.includes(headline), `${said.headline} has ${headline}`);
  const different = short({ ...persons, status: 'bounded' }, lang);
  if (status !== 'not_collected') assert.ok(said.persons.includes(different), `${said.persons} has ${different}`);
  assert.deepEqual(said.centres, expected.centres.map((one) => [one.centre, short(one, lang)]));
}

for (const lang of ['en', 'ja']) {
  for (const [how, step] of [['mouse', byMouse], ['keyboard alone', byKeyboard]]) {
    test(`eight cohorts by ${how}, ${lang}`, async (t) => {
      const { page, wrong, close } = await open(browser, server, { lang });
      for (const { query, steps } of cohorts) {
        await t.test(query, async () => {
          await afresh(page);
          for (const one of steps) await step(page, lang, one);
          await settled(page);
          await agrees(page, query, lang);
        });
      }
      assert.deepEqual(wrong, []);
      await close();
    });
  }
}

test('a link shows the same cohort, also to somebody who reads the other language', async () => {
  const first = await open(browser, server, { permissions: ['clipboard-read', 'clipboard-write'] });
  await byMouse(first.page, 'en', cohorts[3].steps[0]);
  await byMouse(first.page, 'en', cohorts[3].steps[1]);
  await settled(first.page);
  await part(first.page, '[data-key=copy-link]').click();
  const link = await first.page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, await first.page.evaluate(() => location.href));
  await part(first.page, '[data-key=copy-citation]').click();
  const citation = await first.page.evaluate(() => navigator.clipboard.readText());
  const { hash, release } = native(cohorts[3].query);
  assert.ok(citation.includes(hash) && citation.includes(release) && citation.includes(link), citation);
  await first.close();
  const second = await open(browser, server, { lang: 'ja', path: link.slice(server.url.length) });
  await agrees(second.page, cohorts[3].query, 'ja');
  assert.equal((await told(second.page)).text, cohorts[3].query);
  await second.close();
});

test('what was done is undone and done again, by button and by key', async () => {
  const { page, close } = await open(browser, server);
  await byMouse(page, 'en', cohorts[1].steps[0]);
  await byMouse(page, 'en', cohorts[3].steps[1]);
  await settled(page);
  await agrees(page, 'diagnosis = G40 and not diagnosis = I10', 'en');
  await part(page, '[data-key=undo]').click();
  await settled(page);
  await agrees(page, 'diagnosis = G40', 'en');
  await part(page, 'ninzu-builder h2').click();
  await page.keyboard.press('u');
  await settled(page);
  await agrees(page, 'everyone', 'en');
  await page.keyboard.press('Shift+u');
  await settled(page);
  await agrees(page, 'diagnosis = G40', 'en');
  await close();
});

test('the text is the sentence, and its errors are shown where they are', async () => {
  const { page, close } = await open(browser, server, { lang: 'ja' });
  await part(page, '.cohort > details > summary').click();
  const area = part(page, 'ninzu-text textarea');
  await area.fill('性別 = 女性 and not 診断 = てんかん');
  await page.waitForFunction(() => document.querySelector('ninzu-explorer').session.cohort.items.length === 2);
  await settled(page);
  await agrees(page, 'sex = female and not diagnosis = G40', 'ja');
  assert.equal(await part(page, 'ninzu-builder .rows .out .chip .word').count(), 1);
  await area.fill('sex = femal');
  await part(page, 'ninzu-text mark').waitFor();
  assert.equal(await part(page, 'ninzu-text mark').textContent(), 'femal');
  assert.match(await part(page, 'ninzu-text [role=alert]').textContent(), /`female`のことですか/);
  assert.equal(await part(page, 'ninzu-answer .words').count(), 0);
  await close();
});

/** What is wrong with each text, as the page says it. `rule`: how codes are taken that the release does not name. */
const wrongs = (page, texts, rule) =>
  page.evaluate(async ([texts, rule]) => {
    const { session, ui } = document.querySelector('ninzu-explorer');
    session.unknownCodes = rule;
    const all = [];
    for (const text of texts) {
      await session.setText(text);
      all.push(session.textError ? ui.error(session.textError) : null);
    }
    return all;
  }, [texts, rule]);

/** Nothing is said in English. Names and what is to be written are between quotes; labels follow names. */
function isJapanese(said, about) {
  assert.ok(said, `${about} is wrong`);
  const words = [said.message, said.hint ?? ''].join(' ').replaceAll(/`[^`]*`( \([^)]*\))?|"[^"]*"|\\./g, '').replaceAll(/(diagnosis|specimen|sex|life_stage|JSON|Ninzu)/g, '');
  assert.doesNotMatch(words, /[a-z]{2}/i, `${about}: ${said.message} — ${said.hint}`);
}

test('what is wrong with a text is said in Japanese on a Japanese page', async () => {
  const texts = [
    'diagnosis = G4O', 'sex = x', 'diagnos = G40', 'nothing = 1', 'centre = NCC', 'diagnosis in A00..B99', 'life_stage in unknown..aya', 'life_stage in aya..infancy',
    'has sex', 'everyone by sex, sex', 'sex = female sex = male', 'sex == female', 'sex is female', 'sex = (female, male)', 'sex in female', 'sex = ',
    'diagnosis = "G40', '(sex = female', 'sex = female)', '(sex = female by centre', '(sex = female x', 'at least two of (sex = female)', 'at least 0 of (sex = female)', 'at least 3 of (sex = female)',
    'at least 1 sex = female', 'at least 1 of sex = female', 'sex & female', 'sex < 3', 'sex = ｛', "sex = 'female'", 'by sex life_stage', 'by', 'has', 'sex = and', 'diagnosis = "a\\n"', 'sex in (female, )',
    'sex in (female .. male)', 'diagnosis = G40@x', 'high blood pressure', 'sex = female, sex = male', '!sex = female', 'sex = female ; x', 'sex: female', 'diagnosis = 1..2', 'specimen = G40',
    `${'('.repeat(100)}sex = female${')'.repeat(100)}`, `diagnosis in (${'G40, '.repeat(3000)}G40)`, `diagnosis = ${'x'.repeat(200_000)}`,
    // What comes along when texts are copied
    'sex = fe\u200bmale', 'sex = fe\u00admale', 'diagnosis = B18‐1', 'diagnosis = B18−1', 'life_stage in infancy〜aya', 'sex ≠ female', 'sex = ＂female＂',
    // Too much
    'everyone by diagnosis, specimen, data, consent', 'everyone by centre, diagnosis, specimen, data, consent',
    // JSON
    '{', '{sex = female}', '{"filter": 5}', '{"filter": {}}', '{"filter": {"dimension": "sex"}}', '{"filter": {"dimension": "sex", "is": 1}}', '{"filter": {"dimension": "sex", "in": []}}',
    '{"filter": {"and": "everyone"}}', '{"filter": {"or": [null]}}', '{"filter": {"at_least": 2}}', '{"filter": {"at_least": 2, "of": ["everyone"]}}', '{"filter": {"has": ["sex"]}}', '{"by": {}}', '{"by": [true]}', '{"other": 1}',
    `{"filter": ${'{"not": '.repeat(100)}"everyone"${'}'.repeat(100)}}`, `{"by": [${'"sex", '.repeat(3000)}"sex"]}`, `{"by": ["${'x'.repeat(1_100_000)}"]}`,
  ];
  const { page, close } = await open(browser, server, { lang: 'ja' });
  for (const [i, said] of (await wrongs(page, texts)).entries()) isJapanese(said, texts[i].slice(0, 60));
  // The demo's codes are a list: nothing says that others are rare.
  const [listed] = await wrongs(page, ['diagnosis = Z99'], 'rare');
  isJapanese(listed, 'a code that is not listed');
  assert.match(listed.hint, /`anything`/);
  const [rule] = await wrongs(page, ['diagnosis = G40'], 'sometimes');
  isJapanese(rule, 'a rule that there is not');
  await close();
});

/** A copy of the demo whose descriptor says something else. */
async function altered(change) {
  const folder = await mkdtemp(join(tmpdir(), 'ninzu-altered-'));
  await cp(demo, folder, { recursive: true });
  const descriptor = JSON.parse(await readFile(join(folder, 'datapackage.json'), 'utf8'));
  change(descriptor.ninzu);
  await writeFile(join(folder, 'datapackage.json'), JSON.stringify(descriptor));
  return folder;
}

test('what a code begins with, and is none where the codes came from the rows, is said in Japanese', async () => {
  const folder = await altered(({ dimensions }) => dimensions.filter(({ kind }) => kind === 'codes').forEach((one) => (one.dictionary = 'rows')));
  const own = await site({ places: { '/release': folder } });
  const { page, close } = await open(browser, own, { lang: 'ja' });
  const texts = ['diagnosis = G4', 'diagnosis = A', 'diagnosis = epilepsi', 'diagnosis = female'];
  const said = await wrongs(page, texts);
  for (const [i, one] of said.entries()) isJapanese(one, texts[i]);
  assert.match(said[0].hint, /^これで始まるコードは`G40`、/);
  await close();
  await own.close();
  await rm(folder, { recursive: true });
});

test('what a release has too much of is said in Japanese', async () => {
  const many = (n, what) => Array.from({ length: n }, what);
  const changes = {
    項目: (ninzu) => ninzu.dimensions.push(...many(300, (_, i) => ({ ...ninzu.dimensions[0], name: `more${i}` }))),
    センター: (ninzu) => ninzu.centres.push(...many(5_000, (_, i) => ({ ...ninzu.centres[0], name: `more${i}` }))),
    区分: (ninzu) => (ninzu.tables[0].order = 65),
    名称: (ninzu) => (ninzu.title.ja = 'あ'.repeat(5_000)),
    名前: (ninzu) => (ninzu.tables[0].name = 'x'.repeat(2_000)),
    バイト: (ninzu) => (ninzu.files[0].length = 1e9),
    形式: (ninzu) => (ninzu.format = 3),
  };
  for (const [what, change] of Object.entries(changes)) {
    const folder = await altered(change);
    const own = await site({ places: { '/release': folder } });
    const { page, close } = await open(browser, own, { lang: 'ja', ready: false });
    const said = await part(page, 'ninzu-notice details p').textContent({ timeout: 20_000 });
    isJapanese({ message: said }, what);
    assert.ok(said.includes(what), said);
    assert.equal(await part(page, 'ninzu-notice details [lang=en]').count(), 0);
    await close();
    await own.close();
    await rm(folder, { recursive: true });
  }
});

test('every choice has its count among the cohort', async () => {
  const { page, close } = await open(browser, server, { path: '/#q=sex+%3D+female' });
  await part(page, 'ninzu-search input').fill('G40');
  const words = await part(page, 'ninzu-search li:has([data-code="G40"]) .words').textContent();
  const [lower, upper] = words.replaceAll(',', '').split('–').map(Number);
  const { records } = native('sex = female and diagnosis = G40').answer;
  assert.ok(lower <= records.lower && upper >= records.upper, `${words} holds ${records.lower} to ${records.upper}`);
  await close();
});

test('a cell of the map narrows the cohort; steps and reasons follow', async () => {
  const { page, close } = await open(browser, server, { path: '/#q=diagnosis+%3D+G40' });
  await part(page, 'ninzu-map tbody button[title*="15–39"]').first().click();
  await settled(page);
  await agrees(page, 'diagnosis = G40 and life_stage = aya', 'en');
  await part(page, '#tab-steps').click();
  await settled(page, ['steps']);
  const steps = await part(page, 'ninzu-steps .words').allTextContents();
  const expected = ['everyone', 'life_stage = aya', 'diagnosis = G40 and life_stage = aya'].map((query) => {
    const { records, status } = native(query).answer;
    return short({ ...records, status }, 'en');
  });
  assert.deepEqual(steps, expected);
  await page.keyboard.press('ArrowRight');
  await settled(page, ['why']);
  assert.match(await part(page, 'ninzu-why table').textContent(), /diagnosis/);
  await close();
});

test('answers and charts are saved as files', async () => {
  const { page, wrong, close } = await open(browser, server, { path: '/#q=diagnosis+%3D+G40', acceptDownloads: true });
  const saved = async (key) => {
    const [download] = await Promise.all([page.waitForEvent('download'), part(page, `[data-key=${key}]`).click()]);
    return readFile(await download.path());
  };
  const answer = JSON.parse(await saved('save-json'));
  const { words: _, ...numbers } = answer;
  const { words: __, ...expected } = native('diagnosis = G40');
  assert.deepEqual(numbers, expected);
  const csv = (await saved('save-csv')).toString();
  assert.ok(csv.includes(`records,,,${expected.answer.records.lower},${expected.answer.records.upper}`), csv.slice(0, 400));
  const svg = (await saved('save-svg')).toString();
  assert.ok(svg.startsWith('<svg xmlns=') && svg.includes(expected.release) && svg.includes(expected.hash), svg.slice(-900));
  const png = await saved('save-png');
  assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  assert.deepEqual(wrong, []);
  await close();
});

test('statements in SQL say what the command line says, and their rows are saved', needsSql, async () => {
  const { page, wrong, close } = await open(browser, server, { path: '/#q=diagnosis+%3D+G40', acceptDownloads: true });
  const fetched = () => server.log.filter((one) => one.path.includes('wasm_sql')).length;
  const sql = (selector) => part(page, `ninzu-sql ${selector}`);
  const cells = async () => {
    await sql('.scroll:not(.stale)').waitFor({ timeout: 60_000 });
    return sql('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  };
  await part(page, '#tab-sql').click();
  assert.equal(fetched(), 0, 'nothing is loaded before the first statement');
  await sql('[data-key=sql-run]').click();
  const expected = native('diagnosis = G40').centres.map((one) => [one.centre, one.lower, one.upper, one.estimate, one.status].map((value) => (value === null ? '–' : String(value))));
  assert.deepEqual((await cells()).sort(), expected.sort());
  assert.equal(fetched(), 1);

  // What is wrong is said, with what to do; keys run it too.
  await sql('textarea').fill("select upper from cohort('diagnosis = G4O')");
  await sql('textarea').press('Control+Enter');
  assert.match(await sql('[role=alert]').textContent(), /G4O.*did you mean `G40`/);
  await sql('textarea').fill("select dimension, count(*) as n from dimensions group by dimension order by dimension");
  await sql('textarea').press('Control+Enter');
  const statement = await sql('textarea').inputValue();
  const rows = JSON.parse(execFileSync(process.env.NINZU, ['sql', demo, statement, '--format', 'json'], { encoding: 'utf8' }));
  assert.deepEqual(await cells(), rows.map(({ dimension, n }) => [dimension, String(n)]));
  await sql('[data-key=sql-tables]').click();
  await sql('[data-key=sql-run]').click();
  assert.ok((await cells()).some(([table, column]) => table === 'cells_diagnosis' && column === 'lo'));

  // A view that is looked at in between loses nothing.
  await part(page, '#tab-charts').click();
  await part(page, '#tab-sql').click();
  assert.ok((await cells()).length > 0);

  const saved = async (key) => {
    const [download] = await Promise.all([page.waitForEvent('download'), part(page, `[data-key=${key}]`).click()]);
    return readFile(await download.path());
  };
  assert.match((await saved('sql-csv')).toString(), /^\ufefftable_name,column_name,data_type\r\n/);
  const python = (script, input) => JSON.parse(execFileSync(process.env.NINZU_PYTHON, ['-c', script], { input, encoding: 'utf8' }));
  const arrow = 'import sys, json, pyarrow as pa; print(json.dumps(pa.ipc.open_stream(sys.stdin.buffer).read_all().column_names))';
  assert.deepEqual(python(arrow, await saved('sql-arrow')), ['table_name', 'column_name', 'data_type']);
  const parquet = `import sys, io, json, pyarrow.parquet as pq
file = pq.ParquetFile(io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps([file.read().to_pylist(), file.metadata.metadata[b'ninzu.release'].decode()]))`;
  const { centres, release } = native('diagnosis = G40');
  const [found, of] = python(parquet, await saved('save-parquet'));
  assert.deepEqual(found.map((row) => [row.centre, row.lower, row.upper]).sort(), centres.map((one) => [one.centre, one.lower, one.upper]).sort());
  assert.equal(of, release);

  // A statement that would take for ever is stopped, and the next one works.
  await sql('textarea').fill('select count(*) as n from dimensions a, dimensions b, dimensions c, dimensions d, dimensions e where a.position + b.position + c.position + d.position + e.position = 7');
  await sql('[data-key=sql-run]').click();
  await page.waitForTimeout(300);
  await sql('[data-key=sql-stop]').click();
  await sql('textarea').fill('select 1 as one');
  await sql('[data-key=sql-run]').click();
  assert.deepEqual(await cells(), [['1']]);
  assert.deepEqual(wrong, []);
  await close();
});

test('without a network the page is loaded again, and asked something new', async () => {
  const own = await site();
  const { page, context, close } = await open(browser, own);
  await page.waitForFunction(() => document.querySelector('ninzu-explorer').session.verified !== undefined, null, { timeout: 20_000 });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await own.close();
  await context.setOffline(true);
  await page.reload();
  await settled(page);
  await part(page, '.banner').waitFor();
  await byMouse(page, 'en', cohorts[1].steps[0]);
  await settled(page);
  await agrees(page, 'diagnosis = G40', 'en');
  await close();
});

/** Drops files on the page, as a folder of their names. */
async function drop(page, files) {
  await page.evaluate(async (files) => {
    const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    for (const [name, content] of files) transfer.items.add(new File([bytes(content)], name));
    const target = document.querySelector('ninzu-explorer').shadowRoot.firstElementChild;
    target.dispatchEvent(new DragEvent('dragover', { dataTransfer: transfer, bubbles: true, composed: true, cancelable: true }));
    target.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, composed: true, cancelable: true }));
  }, files);
}

test('a release that is dropped is opened on this device, and nothing is sent', async () => {
  const { zipSync } = await import('fflate');
  const entries = (await readdir(demo, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const files = Object.fromEntries(await Promise.all(entries.map(async (one) => {
    const path = join(one.parentPath, one.name);
    return [`chosen/${path.slice(demo.length + 1)}`, new Uint8Array(await readFile(path))];
  })));
  const archive = Buffer.from(zipSync(files)).toString('base64');
  const { page, wrong, close } = await open(browser, server, { path: '/#q=sex+%3D+female' });
  // What is kept in the background is done.
  await page.waitForFunction(() => document.querySelector('ninzu-explorer').session.verified !== undefined);
  server.log.length = 0;
  await drop(page, [['release.zip', archive]]);
  await page.waitForFunction(() => document.querySelector('ninzu-explorer').session.isLocal);
  await settled(page);
  assert.match(await part(page, '.banner').textContent(), /Nothing is uploaded/);
  await byMouse(page, 'en', cohorts[1].steps[0]);
  await settled(page);
  await agrees(page, 'diagnosis = G40', 'en');
  assert.deepEqual(server.log.filter((one) => one.path.startsWith('/release')), []);
  assert.deepEqual(wrong, []);
  await part(page, '[data-key=back]').click();
  await page.waitForFunction(() => !document.querySelector('ninzu-explorer').session.isLocal);
  await settled(page);
  // Something that is no release is said to be none.
  await drop(page, [['notes.txt', Buffer.from('nothing').toString('base64')]]);
  await part(page, 'ninzu-notice [role=alert]').waitFor();
  await close();
});

test('a folder is chosen, or dropped', async () => {
  const { page, wrong, context, close } = await open(browser, server);
  const answers = async () => {
    await page.waitForFunction(() => document.querySelector('ninzu-explorer').session.isLocal);
    await settled(page);
    await page.evaluate(() => document.querySelector('ninzu-explorer').session.setText('diagnosis = G40'));
    await settled(page);
    await agrees(page, 'diagnosis = G40', 'en');
  };
  const devtools = await context.newCDPSession(page);
  const drag = (type) =>
    devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data: { items: [], files: [demo], dragOperationsMask: 1 } });
  await drag('dragEnter');
  await part(page, '.drop').waitFor();
  // Something else lies under the pointer now, and no `dragover` has been there.
  await drag('drop');
  await answers();
  await page.evaluate(() => {
    const explorer = document.querySelector('ninzu-explorer');
    explorer.session.dispose();
    explorer.requestUpdate();
  });
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), part(page, '[data-key=choose-folder]').click()]);
  await chooser.setFiles(demo);
  await answers();
  assert.deepEqual(wrong, []);
  await close();
});

test('a damaged release shows nothing of itself, and says so in both languages', async () => {
  const damaged = await site({ corrupt: '/cells/base.parquet' });
  for (const [lang, words] of [['en', /bytes that its publisher promised/], ['ja', /公開時のものと一致しない/]]) {
    const { page, close } = await open(browser, damaged, { lang, ready: false });
    await part(page, 'ninzu-notice [role=alert]').waitFor();
    assert.match(await part(page, 'ninzu-notice [role=alert]').textContent(), words);
    assert.equal(await part(page, 'ninzu-answer').count(), 0);
    await close();
  }
  await damaged.close();
});

test('a release without a passed audit is opened only when the reader says so', async () => {
  const folder = await altered(({ protection }) => (protection.audited = false));
  const own = await site({ places: { '/release': folder } });
  const { page, close } = await open(browser, own, { ready: false });
  await part(page, '[data-key=open-unaudited]').click();
  await settled(page);
  assert.match(await part(page, '[data-key=about]').textContent(), /not audited/);
  await close();
  await own.close();
  await rm(folder, { recursive: true });
});

test('on a slow network progress is shown, and then the answer', async () => {
  const slow = await site({ delay: 400 });
  const { page, close } = await open(browser, slow, { ready: false });
  await part(page, 'ninzu-notice progress').waitFor();
  await settled(page);
  await agrees(page, 'everyone', 'en');
  await close();
  await slow.close();
  const gone = await site({ places: { '/release': '/nowhere' } });
  const without = await open(browser, gone, { ready: false });
  await part(without.page, 'ninzu-notice [data-key=retry]').waitFor();
  await without.close();
  await gone.close();
});

test('a portal holds two releases, each with its question, and a theme of its own', async () => {
  const omop = process.env.NINZU_OMOP_RELEASE || demo;
  const own = await site({ places: { '/omop': omop, '/portal.html': () => portal } });
  const portal = await readFile(join(dist, 'portal.html'));
  const { page, wrong, close } = await open(browser, own, { path: '/portal.html', ready: false });
  await page.waitForFunction(() => [...document.querySelectorAll('ninzu-explorer')].every(({ session }) => session.catalogue && session.isFresh('map')));
  const [heard, colour, languages] = await page.evaluate(async () => {
    const [one, two] = document.querySelectorAll('ninzu-explorer');
    const heard = new Promise((resolve) => one.addEventListener('ninzu-result', ({ detail }) => resolve(detail.answer.query), { once: true }));
    await one.session.setText('sex = female');
    return [await heard, getComputedStyle(one.shadowRoot.querySelector('.tabs [aria-selected=true]')).borderBlockEndColor, [one.ui.language, two.ui.language]];
  });
  assert.equal(heard, 'sex = female');
  assert.equal(colour, 'rgb(122, 68, 25)');
  assert.deepEqual(languages, ['en', 'ja']);
  assert.match(page.url(), /#centres=sex/);
  // Each has its place in the address.
  await page.evaluate(async () => {
    const [one, two] = document.querySelectorAll('ninzu-explorer');
    await Promise.all([one.session.setText('sex = male'), two.session.setText('sex = female')]);
  });
  const address = new URLSearchParams(new URL(page.url()).hash.slice(1));
  assert.deepEqual([address.get('centres'), address.get('omop')], ['sex = male', 'sex = female']);
  assert.deepEqual(wrong, []);
  await close();
  await own.close();
});
