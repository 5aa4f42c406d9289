// Releases that mean ill, opened by the page: it shows them or says why not, soon; nothing of them acts on who reads, and the page goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ACTING, hostile, hostileCases } from '../../wasm/npm/tests/hostile.mjs';
import { launch, open, settled, site, told } from './page.mjs';

if (!hostile) throw new Error('NINZU_HOSTILE is the folder that tests/hostile/make.py wrote');
const cases = hostileCases();

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), site({ places: { '/hostile': hostile } })]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Everything that somebody reads: texts, and names that are spoken or hang at something. */
const read = () => {
  const texts = [];
  const look = (root) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.shadowRoot) look(one.shadowRoot);
      if (one.matches('style, script, textarea, .field, .field *')) continue;
      for (const name of ['title', 'aria-label', 'placeholder']) if (one.hasAttribute(name)) texts.push(one.getAttribute(name));
      for (const node of one.childNodes) if (node.nodeType === Node.TEXT_NODE) texts.push(node.data.replaceAll(/[\n\t]/g, ' '));
    }
  };
  look(document);
  return texts;
};

for (const lang of ['en', 'ja']) {
  test(`every one is shown or refused, ${lang}`, { timeout: 20 * 60_000 }, async () => {
    const { page, wrong, close } = await open(browser, server, { lang, path: '/#q=sex+%3D+female' });
    const bad = [];
    for (const one of cases) {
      const texts = one.steps.filter((step) => step.do === 'query').map((step) => step.query);
      const began = Date.now();
      await page.evaluate(([src, text]) => {
        const { session } = document.querySelector('ninzu-explorer');
        session.text = text;
        void session.open(src);
      }, [`hostile/${one.release}/`, texts[0] ?? 'everyone']);
      const isDone = await page
        .waitForFunction(() => {
          const { session } = document.querySelector('ninzu-explorer');
          return session.phase === 'failed' || (session.phase === 'open' && (session.problem || session.isFresh('answer')));
        }, null, { timeout: 20_000 })
        .then(() => true, () => false);
      if (!isDone) bad.push(`${one.name}: nothing for ${Date.now() - began} ms`);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      const acting = (await page.evaluate(read)).filter((text) => ACTING.test(text));
      if (acting.length > 0) bad.push(`${one.name}: ${JSON.stringify(acting[0].slice(0, 80))} is shown`);
      const kind = await page.evaluate(() => document.querySelector('ninzu-explorer').session.failure?.kind);
      if (kind === 'crashed' || kind === 'internal') bad.push(`${one.name}: ${kind}`);
      if (one.expect === 'refused' && one.steps.every((step) => step.do === 'open') && kind === undefined) bad.push(`${one.name}: is shown`);
    }
    assert.deepEqual(bad, []);
    assert.deepEqual(wrong, []);
    // And a good one after all of them.
    await page.evaluate(() => {
      const { session } = document.querySelector('ninzu-explorer');
      session.text = 'sex = female';
      void session.open('release/');
    });
    await settled(page);
    assert.equal((await told(page)).query, 'sex = female');
    await close();
  });
}
