// Releases that mean ill, in Node, in a page and in its worker: each is answered or refused in a sentence, soon and within memory.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch, until } from './chromium.mjs';
import { hostile, hostileCases, none, outcomes, wrongs } from './hostile.mjs';
import { CSP, serve } from './server.mjs';

if (!hostile) throw new Error('NINZU_HOSTILE is the folder that tests/hostile/make.py wrote');
const cases = hostileCases();
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const MEMORY = 1024 ** 3;

test('in Node, each in a process of its own', { timeout: 20 * 60_000 }, () => {
  const script = `
    import { NinzuError, Release } from ${JSON.stringify(`${dist}/node.js`)};
    import { outcomes } from ${JSON.stringify(fileURLToPath(new URL('hostile.mjs', import.meta.url)))};
    import { readFileSync } from 'node:fs';
    const { folder, one } = JSON.parse(readFileSync(0, 'utf8'));
    const clock = () => process.cpuUsage().user / 1000;
    const all = await outcomes({ NinzuError, Release, clock }, folder, one);
    console.log(JSON.stringify({ all, memory: process.resourceUsage().maxRSS * 1024 }));`;
  const wrong = cases.map((one) => {
    const input = JSON.stringify({ folder: `${hostile}/${one.release}`, one });
    const { stdout, stderr, status, error } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { input, encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 28 });
    if (status !== 0) return [`${one.name}: ended with ${status ?? error}: ${stderr.slice(-300)}`];
    const { all, memory } = JSON.parse(stdout);
    return [...wrongs(one, all), ...(memory > MEMORY ? [`${one.name}: ${Math.round(memory / 1024 ** 2)} MB`] : [])];
  });
  assert.ok(cases.length > 10);
  none(wrong);
});

let browser, server;
before(async () => {
  const page = (script) => `<!doctype html><meta charset="utf-8"><title>Ninzu</title><script type="module" src="${script}"></script>`;
  const entry = (name) => `import * as ninzu from '/dist/${name}.js'; import { outcomes } from '/hostile.mjs'; window.ninzu = { ...ninzu, outcomes };`;
  server = await serve({
    '/dist': dist,
    '/releases': hostile,
    '/page.html': () => page('/page.js'),
    '/worker.html': () => page('/worker.js'),
    '/page.js': () => entry('index'),
    '/worker.js': () => entry('worker'),
    '/hostile.mjs': () => `export ${outcomes}`,
  }, { csp: CSP });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

for (const where of ['page', 'worker']) {
  test(`in Chromium, ${where}`, { timeout: 20 * 60_000 }, async () => {
    let opened;
    const wrong = [];
    for (const one of cases) {
      opened ??= await browser.newPage();
      if (!opened.url().endsWith(`/${where}.html`)) {
        await opened.goto(`${server.url}/${where}.html`);
        await until(opened, 'ninzu');
      }
      const folder = `/releases/${one.release}`;
      const working = opened.evaluate(([folder, one]) => window.ninzu.outcomes(window.ninzu, folder, one), [folder, one]);
      const all = await Promise.race([working, new Promise((resolve) => setTimeout(resolve, 60_000))]);
      if (all) {
        wrong.push(wrongs(one, all));
        continue;
      }
      wrong.push([`${one.name}: nothing came within a minute`]);
      working.catch(() => {});
      await opened.close();
      opened = undefined;
    }
    await opened?.close();
    none(wrong);
  });
}
