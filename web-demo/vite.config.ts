import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

import { pagePlugin } from './vite.page.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // The page may lie anywhere below an address.
  base: './',
  resolve: {
    alias: {
      'ninzu/messages/ja': here('../wasm/npm/dist/messages/ja.js'),
      'ninzu/worker': here('../wasm/npm/dist/worker.js'),
      'ninzu/sql/worker': here('../wasm/npm/dist/sql-worker.js'),
    },
  },
  worker: { format: 'es' },
  server: { fs: { allow: [here('..')] } },
  plugins: [pagePlugin()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: here('index.html'), portal: here('portal.html'), 'ninzu-explorer': here('src/define.ts') },
      output: {
        // The element's address stays the same from build to build: portals name it.
        entryFileNames: (chunk) => (chunk.name === 'ninzu-explorer' ? 'ninzu-explorer.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
