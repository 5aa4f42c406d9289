// Whatever letters a reader's machine has, in both languages, narrow and wide: numbers never run into each other or out of their cells,
// and no word is cut in its middle. Fonts differ by a third in width.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { wrongWords } from './layout.mjs';
import { launch, open, settled, site } from './page.mjs';

/** Narrow, usual, Japanese and wide families; with one of them for Japanese, since not all have it. */
const FAMILIES = ['Liberation Sans', 'Noto Sans', 'IPAGothic', 'DejaVu Sans'];
const installed = execFileSync('fc-list', [':', 'family'], { encoding: 'utf8' });
const found = FAMILIES.filter((family) => installed.includes(family));
if (found.length < 3) console.log(`skipped: of ${FAMILIES.join(', ')} this machine has ${found.join(', ') || 'none'}`);

/** A release whose names and numbers are long: millions of people, and names without spaces. */
function large(folder) {
  const stages = ['perinatal', 'infancy', 'early_childhood', 'school_age', 'adolescence_and_young_adulthood', 'adulthood', 'early_old_age', 'late_old_age', 'unknown'];
  const labels = ['Perinatal (0-27 days)', 'Infancy (28 days to under 1)', 'Early childhood (1-5)', 'School age (6-14)', 'Adolescence and young adulthood (15-39)', 'Adulthood (40-64)', 'Early old age (65-74)', 'Otorhinolaryngological', 'unknown'];
  const centres = ['NCGM', 'HOSPITAL-OF-THE-NORTH', '国立長寿医療研究センター'];
  const named = stages.map((code, i) => `${code} = { en = "${labels[i]}", ja = "第${i}段階の長い名称（${i}0～${i}9歳）" }`);
  const lines = centres.flatMap((centre, c) => stages.map((stage, s) => `${centre},${stage},${1_234_560 + 1_111_111 * s + c}`));
  writeFileSync(join(folder, 'counts.csv'), ['centre,stage,persons', ...lines].join('\n') + '\n');
  writeFileSync(join(folder, 'spec.toml'), `
[release]
name = "large"
title = { en = "Large numbers and long names", ja = "大きな数と長い名称" }
protection = "Nobody: numbers made for a test"
[table]
path = "counts.csv"
count = "persons"
centre = "centre"
unlisted = [0, 9]
[[dimension]]
name = "life_stage"
kind = "partition"
column = "stage"
ordered = true
values = ${JSON.stringify(stages)}
labels = { ${named.join(', ')} }
`);
  execFileSync(process.env.NINZU, ['import', join(folder, 'spec.toml'), '--out', join(folder, 'release')], { stdio: 'pipe' });
  return join(folder, 'release');
}

let browser, server, big, folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ninzu-fonts-'));
  [browser, server] = await Promise.all([launch(), site()]);
  big = await site({ places: { '/release': large(folder) } });
});
after(async () => {
  await browser?.close();
  await server?.close();
  await big?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Looks at a page in one font. */
async function look(where, family, lang, width, texts) {
  const { page, close } = await open(browser, where, { lang, viewport: { width, height: 1000 }, ready: false });
  await page.waitForFunction(() => document.querySelector('ninzu-explorer')?.session);
  await page.evaluate((family) => document.querySelector('ninzu-explorer').style.setProperty('--ninzu-font', `'${family}', 'IPAGothic', sans-serif`), family);
  const wrong = [];
  for (const text of texts) {
    await page.evaluate((text) => document.querySelector('ninzu-explorer').session.setText(text), text);
    await settled(page, ['answer', 'map']);
    wrong.push(...(await page.evaluate(wrongWords)).map((what) => `${text}: ${what}`));
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (wide[0] > wide[1]) wrong.push(`${text}: the page is ${wide[0]} wide, not ${wide[1]}`);
  }
  await close();
  return wrong;
}

for (const family of found) {
  for (const lang of ['en', 'ja']) {
    test(`${family}, ${lang}`, async () => {
      for (const width of [1280, 1024, 768, 360]) {
        assert.deepEqual(await look(server, family, lang, width, ['everyone', 'sex = female and diagnosis = G40']), [], `${width} pixels wide`);
        assert.deepEqual(await look(big, family, lang, width, ['everyone']), [], `${width} pixels wide, large numbers`);
      }
    });
  }
}

test('the widths follow when the font changes, or its size', async () => {
  const { page, close } = await open(browser, server, { lang: 'en' });
  for (const family of found) {
    await page.evaluate((family) => document.querySelector('ninzu-explorer').style.setProperty('--ninzu-font', `'${family}'`), family);
    await page.waitForTimeout(100);
    assert.deepEqual(await page.evaluate(wrongWords), [], family);
  }
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '150%'));
  await page.waitForTimeout(100);
  assert.deepEqual(await page.evaluate(wrongWords), [], 'one and a half times as large');
  await close();
});
