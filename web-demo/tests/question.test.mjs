// The page never answers another question than was asked: whatever cannot be read, by whichever way it came, is the headline, and no
// number stands anywhere until it is mended.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, native, open, part, settled, short, site, told } from './page.mjs';

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), site({ places: { '/asked.html': () => asked } })]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const asked = '<!doctype html><meta charset="utf-8"><title>Portal</title><script type="module" src="./ninzu-explorer.js"></script><ninzu-explorer src="release/"></ninzu-explorer>';

/** What no release of ours understands, each in another way. */
const WRONG = [
  'consent = genomics', 'sex = femal', 'dianosis = G40', 'diagnosis = G41x', '(sex = female', 'sex', 'by', 'sex = female by height', 'at least 9 of (sex = female)',
  '{"filter": {"dimension": "sex", "is": "femal"}}', '{"filter": 5}', '{', '[]', `diagnosis = ${'x'.repeat(70_000)}`, 'diagnosis in unknown..', '\u0007', '"', 'sex = female; drop',
];

/** Counts that somebody sees, wherever they stand. */
const counts = (page) =>
  page.evaluate(() => {
    const seen = [];
    const look = (root) => {
      for (const one of root.querySelectorAll('*')) {
        if (one.shadowRoot) look(one.shadowRoot);
        const isMark = one.matches('svg.mark, .headline strong');
        const isCount = one.matches('.words, .bar, .pinned, .about, .number, summary') && /\d/.test(one.textContent);
        if ((isMark || isCount) && one.checkVisibility()) seen.push(one.textContent.trim() || 'a mark');
      }
    };
    look(document.querySelector('ninzu-explorer').shadowRoot);
    return seen;
  });

/** Waits until a text that is no question is told. */
async function refused(page) {
  await page.waitForFunction(() => {
    const { session } = document.querySelector('ninzu-explorer');
    return session?.phase === 'open' && session.textError !== undefined && session.catalogue;
  });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

async function hasNoNumber(page, text) {
  const problem = part(page, 'ninzu-answer [role=alert] .headline');
  assert.equal(await problem.count(), 1, text.slice(0, 60));
  assert.ok((await problem.textContent()).length > 5);
  assert.deepEqual(await counts(page), [], text.slice(0, 60));
  assert.equal(await page.evaluate(() => document.querySelector('ninzu-explorer').session.answer), undefined);
}

/** Every way by which a question comes. */
const WAYS = {
  'a link': async (text) => open(browser, server, { path: `/#${new URLSearchParams({ q: text })}`, ready: false }),
  'a link that is followed later': async (text) => {
    const opened = await open(browser, server, { path: '/#q=sex+%3D+female' });
    await opened.page.evaluate((text) => (location.hash = new URLSearchParams({ q: text })), text);
    return opened;
  },
  'the text field': async (text) => {
    const opened = await open(browser, server, { path: '/#q=sex+%3D+female' });
    await part(opened.page, '.cohort > details > summary').click();
    await part(opened.page, 'ninzu-text textarea').fill(text);
    return opened;
  },
  'the attribute': async (text) => {
    const opened = await open(browser, server, { path: '/asked.html', ready: false });
    await opened.page.evaluate((text) => document.querySelector('ninzu-explorer').setAttribute('query', text), text);
    return opened;
  },
  'a script': async (text) => {
    const opened = await open(browser, server, {});
    await opened.page.evaluate((text) => void document.querySelector('ninzu-explorer').session.setText(text), text);
    return opened;
  },
};

for (const [way, ask] of Object.entries(WAYS)) {
  test(`no number by ${way}`, async () => {
    const texts = way === 'a link' || way === 'a script' ? WRONG : WRONG.slice(0, 4);
    for (const text of texts) {
      const { page, wrong, close } = await ask(text);
      await refused(page);
      await hasNoNumber(page, text);
      assert.deepEqual(wrong, []);
      await close();
    }
  });
}

test('back and forward in the browser ask what the address says, also what is no question', async () => {
  const { page, close } = await open(browser, server, { path: '/#q=sex+%3D+female' });
  await page.evaluate(() => (location.hash = 'q=consent+%3D+genomics'));
  await refused(page);
  await hasNoNumber(page, 'forward');
  await page.goBack();
  await settled(page);
  assert.equal((await told(page)).query, 'sex = female');
  await page.goForward();
  await refused(page);
  await hasNoNumber(page, 'forward again');
  await close();
});

test('what cannot be read is said in both languages, with its place, and mended by a name that fits', async () => {
  for (const [lang, words] of [['en', /genomics.*consent|consent.*genomics/], ['ja', /genomics/]]) {
    const { page, close } = await open(browser, server, { lang, path: '/#q=consent+%3D+genomics', ready: false });
    await refused(page);
    assert.match(await part(page, 'ninzu-answer .headline').textContent(), words);
    await close();
  }
  const { page, close } = await open(browser, server, { path: '/#q=sex+%3D+femal+and+diagnosis+%3D+G40', ready: false });
  await refused(page);
  assert.equal(await part(page, 'ninzu-answer mark').textContent(), 'femal');
  await part(page, 'ninzu-answer [data-key=use]').first().click();
  await settled(page);
  const { answer } = native('sex = female and diagnosis = G40');
  assert.ok((await told(page)).headline.includes(short({ ...answer.records, status: answer.status }, 'en')));
  await close();
});

test('a text that is no question is undone, changed, or left for everyone', async () => {
  const { page, close } = await open(browser, server, { path: '/#q=sex+%3D+female' });
  const spoil = async () => {
    await page.evaluate(() => void document.querySelector('ninzu-explorer').session.setText('sex = female and consent = genomics'));
    await refused(page);
  };
  await spoil();
  await part(page, '[data-key=undo]').first().click();
  await settled(page);
  assert.equal((await told(page)).query, 'sex = female');
  await spoil();
  await part(page, '[data-key=change-text]').click();
  assert.equal(await page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at.value.slice(at.selectionStart, at.selectionEnd);
  }), await part(page, 'ninzu-answer mark').textContent());
  await part(page, '[data-key=ask-everyone]').click();
  await settled(page);
  assert.equal((await told(page)).query, 'everyone');
  // A code that is chosen begins anew, where there was nothing before.
  const fresh = await open(browser, server, { path: '/#q=consent+%3D+genomics', ready: false });
  await refused(fresh.page);
  await part(fresh.page, 'ninzu-search input').fill('G40');
  await part(fresh.page, 'ninzu-search [data-code="G40"]').click();
  await settled(fresh.page);
  assert.equal((await told(fresh.page)).query, 'diagnosis = G40');
  await fresh.close();
  await close();
});

test('what the search does not find is answered by what is nearly called so, and never by onsets', async () => {
  const { page, close } = await open(browser, server, {});
  const near = async (text) => {
    await part(page, 'ninzu-search input').fill(text);
    assert.match(await part(page, 'ninzu-search .none').textContent(), /Nothing is called/);
    return part(page, 'ninzu-search [data-code]').evaluateAll((all) => all.map((one) => one.dataset.code));
  };
  for (const [text, code] of [['G41x', 'G40'], ['G4O', 'G40'], ['epilpesy', 'G40'], ['I-100', 'I10']]) {
    const codes = await near(text);
    assert.ok(codes.slice(0, 3).includes(code), `${text}: ${codes}`);
    assert.deepEqual(codes.filter((one) => one.includes('@')), []);
  }
  assert.deepEqual(await near('qqqqqqqq'), []);
  // Enter adds what was found, never what is only near.
  await near('epilpesy');
  await part(page, 'ninzu-search input').press('Enter');
  assert.equal(await page.evaluate(() => document.querySelector('ninzu-explorer').session.cohort.items.length), 0);
  await close();
});

test('while an answer is long in coming, nothing of the one before stands there, and it may be stopped', async () => {
  let open_;
  const opened = new Promise((resolve) => (open_ = resolve));
  const own = await site({ places: { '/asked.html': () => asked }, gate: (path) => (/cells\/diagnosis/.test(path) ? opened : undefined) });
  const { page, close } = await open(browser, own, { path: '/asked.html', ready: false });
  await page.waitForFunction(() => document.querySelector('ninzu-explorer')?.session?.isFresh?.('answer'));
  await page.evaluate(() => void document.querySelector('ninzu-explorer').session.setText('diagnosis = G40'));
  const answer = (selector) => part(page, `ninzu-answer ${selector}`);
  await answer('[data-key=stop]').waitFor();
  assert.equal(await answer('.headline strong').count(), 0);
  assert.equal(await answer('.words').count(), 0);
  await answer('[data-key=stop]').click();
  await answer('[role=alert]').waitFor();
  assert.match(await answer('[role=alert]').textContent(), /was stopped/);
  await hasNoNumber(page, 'stopped');
  open_();
  await page.evaluate(() => document.querySelector('ninzu-explorer').session.again());
  await settled(page, ['answer']);
  assert.equal((await told(page)).query, 'diagnosis = G40');
  await close();
  await own.close();
});

test('a network that fails ends one question, not the page', async () => {
  let isDown = true;
  const own = await site({ places: { '/asked.html': () => asked }, gate: (path) => !(isDown && /cells\/specimen/.test(path)) });
  const { page, close } = await open(browser, own, { path: '/asked.html', ready: false });
  await page.waitForFunction(() => document.querySelector('ninzu-explorer')?.session?.isFresh?.('answer'));
  await page.evaluate(() => void document.querySelector('ninzu-explorer').session.setText('specimen = serum'));
  await part(page, 'ninzu-answer [role=alert]').waitFor({ timeout: 20_000 });
  await hasNoNumber(page, 'without a network');
  isDown = false;
  await page.evaluate(() => document.querySelector('ninzu-explorer').session.again());
  await settled(page, ['answer']);
  assert.equal((await told(page)).query, 'specimen = serum');
  await close();
  await own.close();
});

/** The elements in a frame of their own, on a page that knows nothing of them. */
async function framed(sandbox) {
  const inner = asked.replace('src="release/', 'linked offline src="release/').replaceAll('"', '&quot;');
  const own = await site({
    headers: { 'Access-Control-Allow-Origin': '*' },
    places: { '/frame.html': () => `<!doctype html><title>Portal</title><iframe ${sandbox} srcdoc="${inner}" width="1200" height="800"></iframe>` },
  });
  const opened = await open(browser, own, { path: '/frame.html', ready: false });
  const frame = opened.page.frames()[1] ?? (await opened.page.waitForEvent('frameattached'));
  return { ...opened, frame, close: () => opened.close().then(() => own.close()) };
}

test('in about:srcdoc the page answers', async () => {
  const { frame, wrong, close } = await framed('');
  await frame.waitForFunction(() => document.querySelector('ninzu-explorer')?.session?.isFresh?.('answer'), null, { timeout: 20_000 });
  await frame.evaluate(() => document.querySelector('ninzu-explorer').session.setText('sex = female'));
  await frame.waitForFunction(() => document.querySelector('ninzu-explorer').session.answer?.query === 'sex = female');
  assert.deepEqual(wrong, []);
  await close();
});

test('in a frame without an origin, where browsers start no workers, the page says so', async () => {
  const { frame, wrong, close } = await framed('sandbox="allow-scripts"');
  const notice = frame.locator('ninzu-explorer ninzu-notice');
  await notice.locator('[role=alert]').waitFor();
  assert.match(await notice.locator('details').textContent(), /worker cannot be started.*own origin/);
  assert.deepEqual(wrong, []);
  await close();
});
