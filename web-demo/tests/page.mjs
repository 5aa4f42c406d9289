// A browser, the built page with its releases on a server of its own, and what tests do on it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { launch } from '../../wasm/npm/tests/chromium.mjs';
import { serve } from '../../wasm/npm/tests/server.mjs';

export { launch, serve };

export const dist = fileURLToPath(new URL('../dist', import.meta.url));
export const demo = process.env.NINZU_DEMO;
if (!demo || !process.env.NINZU) throw new Error('NINZU_DEMO is the folder of a release, NINZU the command that says what is expected');

/** What the command line answers in this run. */
export function native(query, release = demo) {
  const args = ['query', release, '--format', 'json', '--lang', 'en', '--', query];
  return JSON.parse(execFileSync(process.env.NINZU, args, { encoding: 'utf8' }));
}

/** The built page beside a release, with what must not happen on it noted. */
export async function site({ places = {}, ...more } = {}) {
  const server = await serve({ '': dist, '/release': demo, '/': () => readFileSync(`${dist}/index.html`), ...places }, more);
  return server;
}

/** An open page. `wrong` fills with requests to elsewhere, refusals of the policy and errors. */
export async function open(browser, server, { path = '/', lang = 'en', context, ready = true, ...options } = {}) {
  const own = context ?? (await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: lang, ...options }));
  const page = await own.newPage();
  const wrong = [];
  page.on('request', (request) => !/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url) && wrong.push(request.url()));
  page.on('console', (message) => /Content Security Policy|Refused to/.test(message.text()) && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  await page.goto(server.url + path);
  if (ready) await settled(page);
  return { page, wrong, context: own, close: () => own.close() };
}

/** Waits until what is shown is about the cohort. */
export async function settled(page, keys = ['answer', 'facets', 'map']) {
  await page.waitForFunction((keys) => {
    const session = document.querySelector('ninzu-explorer')?.session;
    return session?.phase === 'open' && session.catalogue && keys.every((key) => session.isFresh(key));
  }, keys, { timeout: 20_000 });
  // The engine is done; one frame for the page.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** What the page says, as numbers: persons, records, each centre. */
export async function told(page) {
  return page.evaluate(() => {
    const root = document.querySelector('ninzu-explorer').shadowRoot;
    const answer = root.querySelector('ninzu-answer').shadowRoot;
    return {
      query: document.querySelector('ninzu-explorer').session.answer.query,
      headline: answer.querySelector('.headline').textContent.trim(),
      persons: answer.querySelector('summary')?.textContent.trim(),
      centres: [...answer.querySelectorAll('.centres tbody tr')].map((row) => [row.dataset.centre, row.querySelector('.words').textContent]),
      text: document.querySelector('ninzu-explorer').session.text,
    };
  });
}

const n = (lang) => new Intl.NumberFormat(lang);

/** A count as the page must say it, reckoned here once more. */
export function short({ lower, upper, status }, lang) {
  const dash = lang === 'ja' ? '〜' : '–';
  if (status === 'not_collected') return lang === 'ja' ? '収集なし' : 'not collected';
  if (upper === 0) return lang === 'ja' ? '該当なし' : 'nobody';
  if (lower === upper) return n(lang).format(lower);
  if (status === 'below_threshold') return `<${n(lang).format(upper + 1)}`;
  return `${n(lang).format(lower)}${dash}${n(lang).format(upper)}`;
}

/** A part of the page, in whichever element it is. */
export const part = (page, selector) => page.locator(`ninzu-explorer ${selector}`);

/** The page as if it were new: everyone, and nothing has the focus. */
export async function afresh(page) {
  await page.evaluate(async () => {
    const explorer = document.querySelector('ninzu-explorer');
    await explorer.session.setText('everyone');
    document.activeElement?.blur();
  });
  await settled(page);
}
