// The page around the element: what the reader chose before, and keeping the page itself for use without a network.
import { load } from 'ninzu/worker';

import './page.css';
import type { NinzuExplorer } from './define';
import { recall, remember, type Settings } from './model/settings';

// The engine starts while the elements are read. What goes wrong is told when the release is opened.
load().catch(() => {});

const KEY = 'ninzu-settings';
const explorer = document.querySelector<NinzuExplorer>('ninzu-explorer')!;

function apply({ lang, theme }: Settings): void {
  const language = lang || (navigator.language.startsWith('ja') ? 'ja' : 'en');
  document.documentElement.lang = language;
  document.title = language === 'ja' ? 'Ninzu 人数 — 該当者は何人いるか' : 'Ninzu — How many people match?';
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  explorer.language = language;
  explorer.theme = theme;
}

/** What was kept; nothing if it is not ours. */
function settings(text: string | null): Settings {
  try {
    const { lang, theme } = JSON.parse(text ?? '{}') as Settings;
    return { ...(typeof lang === 'string' && { lang }), ...(typeof theme === 'string' && { theme }) };
  } catch {
    return {};
  }
}

const asked = new URLSearchParams(location.search).get('lang');
const kept = settings(recall(KEY));
apply({ ...kept, ...(asked && { lang: asked }) });
explorer.addEventListener('ninzu-settings', ({ detail }) => {
  remember(KEY, JSON.stringify(detail));
  apply(detail);
});

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  // The first answer needs the network and the processor more.
  explorer.addEventListener('ninzu-result', () => {
    // Without it the page needs the network, and is the same otherwise.
    navigator.serviceWorker.register('./sw.js').catch((error: unknown) => console.warn(`the page is not kept: ${String(error)}`));
  }, { once: true });
}

void import('./define');
