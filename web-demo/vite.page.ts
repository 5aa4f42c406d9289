// What the built page needs besides its scripts: its policy, and the list of files that its service worker keeps.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Nothing from elsewhere, nothing evaluated; WebAssembly is the engine. */
const CSP = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const STATIC = ['manifest.webmanifest', 'icon.svg', 'icon-192.png', 'icon-512.png'];

export function pagePlugin(): Plugin {
  return {
    name: 'ninzu-page',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { path }) => [
        { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP }, injectTo: 'head-prepend' },
        // The page starts the engine before it imports the elements: they are fetched meanwhile.
        ...(path === '/index.html' ? [{ tag: 'link', attrs: { rel: 'modulepreload', href: './ninzu-explorer.js' }, injectTo: 'head' } as const] : []),
      ],
    },
    generateBundle(_, bundle) {
      const names = Object.keys(bundle).filter((name) => !name.startsWith('portal') && !name.endsWith('.map') && name !== 'sw.js');
      // Kept when it was first used: most readers never do.
      const late = names.filter((name) => name.includes('wasm_sql') && name.endsWith('.wasm'));
      const files = ['./', ...new Set([...names.filter((name) => name !== 'index.html' && !late.includes(name)), ...STATIC])].sort();
      const worker = readFileSync(new URL('./src/sw.js', import.meta.url), 'utf8');
      const version = createHash('sha256').update([...files, ...late].join('\n')).update(worker).digest('hex').slice(0, 12);
      const source = `const VERSION = ${JSON.stringify(version)};\nconst FILES = ${JSON.stringify(files)};\nconst LATE = ${JSON.stringify(late)};\n${worker}`;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}
