// What the first answer costs, and how soon an interaction is answered: `NINZU=… NINZU_DEMO=… node bench/first-answer.mjs [RUNS]`.
// Cold: a browser context of its own for each run, nothing cached, no service worker: it only comes after the first answer. Bytes are
// what a server that has .br files sends: everything compressed but the ranges of cells.
import { brotliCompressSync } from 'node:zlib';
import { readFileSync } from 'node:fs';

import { demo, dist, launch, open, settled, site } from '../tests/page.mjs';

const runs = Number(process.argv[2] ?? 30);
const [browser, server] = await Promise.all([launch(), site()]);
const at = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];
const tell = (what, list, unit) => console.log(`${what.padEnd(44)} median ${at(list, 0.5).toFixed(0)} ${unit}, p95 ${at(list, 0.95).toFixed(0)} ${unit}, best ${at(list, 0).toFixed(0)} ${unit}`);

// Bytes until the headline is there: what was asked for up to the one table that it rests on.
server.log.length = 0;
{
  const { page, close } = await open(browser, server, { ready: false, serviceWorkers: 'block' });
  await page.locator('ninzu-explorer ninzu-answer .headline strong').waitFor();
  const all = server.log.filter((one) => one.status < 300);
  const asked = all.slice(0, all.findIndex((one) => one.path.endsWith('/cells/base.parquet')) + 1);
  let raw = 0;
  let sent = 0;
  for (const { path, status, bytes } of asked) {
    raw += bytes;
    const file = path === '/' ? `${dist}/index.html` : path.startsWith('/release/') ? demo + path.slice('/release'.length) : dist + path;
    const isPlain = status === 206 || /\.(png|parquet)$/.test(path);
    const size = isPlain ? bytes : brotliCompressSync(readFileSync(file)).length;
    sent += size;
    console.log(`  ${path.padEnd(44)} ${String(bytes).padStart(8)} ${isPlain ? '' : `brotli ${size}`}`);
  }
  console.log(`bytes to the first answer: ${sent} with brotli (budget 400,000), ${raw} plain`);
  await close();
}

const first = [];
for (let i = 0; i < runs; i++) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en', serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.addInitScript(() => {
    addEventListener('ninzu-result', () => (window.first ??= performance.now()), { once: true });
  });
  // A new window has pages of the browser's own to load; a reader's window is open already.
  await page.waitForTimeout(1000);
  await page.goto(`${server.url}/`);
  await page.locator('ninzu-explorer ninzu-answer .headline strong').waitFor();
  first.push(await page.evaluate(() => window.first));
  await context.close();
}
tell('first answer, cold', first, 'ms');

// From an edit to the frame that shows its count.
const { page, close } = await open(browser, server, { serviceWorkers: 'block' });
const answered = [];
const edits = ['sex = female', 'diagnosis = G40', 'sex = female and diagnosis = G40', 'diagnosis = G40 and not diagnosis = I10', 'specimen = dna', 'life_stage = aya'];
for (let i = 0; i < Math.max(60, runs); i++) {
  answered.push(await page.evaluate(async (text) => {
    const { session } = document.querySelector('ninzu-explorer');
    const done = new Promise((resolve) => session.addEventListener('ninzu-result', resolve, { once: true }));
    const begin = performance.now();
    await session.setText(text);
    await done;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - begin;
  }, edits[i % edits.length]));
  await settled(page);
}
tell('interaction to updated count', answered, 'ms');
await close();
await browser.close();
await server.close();
