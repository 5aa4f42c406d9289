// Pictures of every view, in both languages, narrow and wide, light and dark: `npm run screenshots -- [FOLDER] [VIEW]`.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

import { launch, open, site } from './page.mjs';
import { views } from './views.mjs';

const [folder = 'screenshots', only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const [browser, server] = await Promise.all([launch(), site()]);
for (const lang of ['en', 'ja']) {
  for (const [size, width, height] of [['wide', 1280, 1000], ['narrow', 360, 780]]) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, close } = await open(browser, server, { lang, colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
      // The same letters everywhere, whatever the machine's own font is.
      await page.evaluate(() => document.querySelector('ninzu-explorer').style.setProperty('--ninzu-font', '"Noto Sans JP", "Noto Sans CJK JP", sans-serif'));
      for (const view of views) {
        if (only && view.name !== only) continue;
        await view.show({ page, server, lang });
        await page.screenshot({ path: resolve(folder, `${view.name}-${lang}-${size}-${colorScheme}.png`) });
      }
      await close();
      console.log(`${lang} ${size} ${colorScheme}`);
    }
  }
}
await browser.close();
await server.close();
