// What must hold for everybody: axe finds nothing on any view, and what is said of focus, targets, live regions and motion is so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { launch, open, part, settled, site } from './page.mjs';
import { views } from './views.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), site()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** What axe finds wrong, in a few words each. */
async function violations(page, rules) {
  await page.evaluate(axe);
  return page.evaluate(async (runOnly) => {
    const { violations } = await window.axe.run(document, { runOnly, resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((one) => `${one.target.flat().join(' ')} ${one.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
  }, rules);
}

const ALL = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What the dark colours can change. */
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

for (const lang of ['en', 'ja']) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing: ${lang}, ${colorScheme}`, async (t) => {
      // The tool is put into the page, which the page's policy forbids to others.
      const { page, context, close } = await open(browser, server, { lang, colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
      for (const view of views) {
        await t.test(view.name, async () => {
          await view.show({ page, server, lang });
          assert.deepEqual(await violations(page, colorScheme === 'dark' ? COLOURS : ALL), []);
        });
      }
      await context.close();
      await close().catch(() => {});
    });
  }
}

/** All shown elements that a pointer may hit, through the shadow roots. */
const targets = () => {
  const found = [];
  const look = (root) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.matches('button, select, input, textarea, summary, a[href]') && one.checkVisibility({ visibilityProperty: true })) {
        const label = one.closest('label')?.getBoundingClientRect();
        const { width, height } = one.getBoundingClientRect();
        if (width > 1) found.push([one.outerHTML.slice(0, 90), Math.max(width, label?.width ?? 0), Math.max(height, label?.height ?? 0)]);
      }
      if (one.shadowRoot) look(one.shadowRoot);
    }
  };
  look(document);
  return found;
};

test('targets have 24 pixels, at any width, and nothing is wider than the page', async () => {
  for (const width of [360, 640, 1280]) {
    const { page, close } = await open(browser, server, { path: '/#q=diagnosis+%3D+G40+and+not+diagnosis+%3D+I10', viewport: { width, height: 800 } });
    const small = (await page.evaluate(targets)).filter(([, w, h]) => w < 24 || h < 24);
    assert.deepEqual(small, [], `${width} pixels wide`);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `${width} pixels wide`);
    await close();
  }
});

test('Tab goes through the page as it is read: head, sentence, search, answer', async () => {
  const { page, close } = await open(browser, server, { path: '/#q=diagnosis+%3D+G40' });
  const order = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    order.push(await page.evaluate(() => {
      const path = [];
      for (let at = document.activeElement; at; at = at.shadowRoot?.activeElement) path.push(at.localName);
      return path.includes('ninzu-explorer') ? (path.find((name) => /^ninzu-(?!explorer)/.test(name)) ?? 'head') : '';
    }));
  }
  const seen = order.filter((name, i) => name !== '' && name !== order[i - 1]);
  const wanted = ['head', 'ninzu-builder', 'ninzu-search', 'ninzu-answer', 'ninzu-map'];
  assert.deepEqual(seen.filter((name) => wanted.includes(name)).filter((name, i, all) => all.indexOf(name) === i), wanted);
  await close();
});

test('a new count is spoken', async () => {
  const { page, close } = await open(browser, server);
  const live = part(page, 'ninzu-answer [aria-live=polite]');
  const before = await live.textContent();
  await page.evaluate(() => document.querySelector('ninzu-explorer').session.setText('diagnosis = G40'));
  await settled(page);
  const said = await live.textContent();
  assert.notEqual(said, before);
  assert.match(said, /^[\d,]+ to [\d,]+ people, about [\d,]+$/);
  await close();
});

test('nothing moves where motion is not wanted', async () => {
  const { page, close } = await open(browser, server, { reducedMotion: 'reduce' });
  const longest = await page.evaluate(() => {
    const times = [];
    const look = (root) => {
      for (const one of root.querySelectorAll('*')) {
        times.push(...getComputedStyle(one).transitionDuration.split(',').map(parseFloat));
        if (one.shadowRoot) look(one.shadowRoot);
      }
    };
    look(document);
    return Math.max(...times);
  });
  assert.equal(longest, 0);
  await close();
});

test('at twice the size nothing is cut off: zoomed, and with larger letters alone', async () => {
  const zoomed = await open(browser, server, { path: '/#q=diagnosis+%3D+G40', viewport: { width: 640, height: 500 }, deviceScaleFactor: 2 });
  const larger = await open(browser, server, { path: '/#q=diagnosis+%3D+G40' });
  await larger.page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  for (const [how, { page, close }] of Object.entries({ zoomed, larger })) {
    for (const view of views) {
      if (view.name === 'failed') break; // what follows has no answer to be cut off
      await view.show({ page, server, lang: 'en' });
      const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(wide <= shown, `${how}: ${view.name} is ${wide} wide, ${shown} are shown`);
    }
    await close();
  }
});

test('on paper there is the question with its answer, and nothing that only a screen can use', async () => {
  const { page, close } = await open(browser, server, { path: '/#q=diagnosis+%3D+G40' });
  await page.emulateMedia({ media: 'print' });
  for (const selector of ['ninzu-builder .rows', 'ninzu-answer .headline', 'ninzu-answer .centres', 'ninzu-map table', 'ninzu-chart', 'ninzu-answer summary', 'ninzu-share .paper']) {
    assert.ok(await part(page, selector).first().isVisible(), selector);
  }
  for (const selector of ['.settings', '.codes', '.tabs', 'ninzu-share button', '[data-key=add]', '[data-key=undo]', 'ninzu-builder .close', '.cohort summary']) {
    assert.ok(!(await part(page, selector).first().isVisible()), selector);
  }
  const paper = (await page.pdf({ format: 'A4' })).toString('latin1');
  const pages = paper.match(/\/Type\s*\/Page\b/g).length;
  assert.ok(pages <= 3, `${pages} pages`);
  await close();
});

test('the page can be installed', async () => {
  const { page, context, close } = await open(browser, server);
  await page.evaluate(() => navigator.serviceWorker.ready);
  const devtools = await context.newCDPSession(page);
  const { url, errors } = await devtools.send('Page.getAppManifest');
  assert.ok(url.endsWith('/manifest.webmanifest'));
  assert.deepEqual(errors, []);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // A window without traces may not install anything, whatever the page is.
  assert.deepEqual(installabilityErrors.map((one) => one.errorId).filter((id) => id !== 'in-incognito'), []);
  await close();
});
