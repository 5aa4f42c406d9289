// The page around the element: what the reader chose before, and keeping the page itself for use without a network.
import { load } from 'ninzu/worker';

import './page.css';
import type { NinzuExplorer } from './element';

// The engine starts while the elements are read. What goes wrong is told when the release is opened.
load().catch(() => {});

interface Settings {
  lang?: string;
  theme?: string | undefined;
}

const KEY = 'ninzu-settings';
const explorer = document.querySelector<NinzuExplorer>('ninzu-explorer')!;

function apply({ lang, theme }: Settings): void {
  const language = lang || (navigator.language.startsWith('ja') ? 'ja' : 'en');
  document.documentElement.lang = language;
  document.title = language === 'ja' ? 'Ninzu 人数 — 該当者は何人いるか' : 'Ninzu — How many people match?';
  if (theme) document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];
  explorer.language = language;
  explorer.theme = theme;
}

const asked = new URLSearchParams(location.search).get('lang');
const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Settings;
apply({ ...kept, ...(asked && { lang: asked }) });
explorer.addEventListener('ninzu-settings', (event) => {
  const { detail } = event as CustomEvent<Settings>;
  localStorage.setItem(KEY, JSON.stringify(detail));
  apply(detail);
});

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  // The first answer needs the network and the processor more.
  explorer.addEventListener('ninzu-result', () => void navigator.serviceWorker.register('./sw.js'), { once: true });
}

void import('./element');
