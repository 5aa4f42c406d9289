// Every view of the page, for axe and for pictures. Each can be shown after any other.
import { hasSql } from '../../wasm/npm/tests/has-sql.mjs';
import { part, settled } from './page.mjs';

const GROUPS = 'sex = female and diagnosis = G40 and at least 2 of (specimen = dna, specimen = serum, data = wgs) and not diagnosis = I10';

/** A cohort, with nothing unfolded and no dialog open. */
async function cohort(page, text) {
  await page.evaluate(async (text) => {
    const explorer = document.querySelector('ninzu-explorer');
    for (const dialog of explorer.shadowRoot.querySelectorAll('dialog[open]')) dialog.close();
    explorer.shadowRoot.querySelector('ninzu-builder')?.shadowRoot.querySelector('[popover]:popover-open')?.hidePopover();
    explorer.shadowRoot.querySelector('.codes.open [data-key=sheet-close]')?.click();
    for (const details of explorer.shadowRoot.querySelectorAll('details[open]')) details.open = false;
    explorer.shadowRoot.querySelector('#tab-charts')?.click();
    await explorer.session.setText(text);
    scrollTo(0, 0);
  }, text);
  await settled(page);
}

/** Puts a release in another state by opening something else. */
async function failing(page, src) {
  await page.evaluate((src) => document.querySelector('ninzu-explorer').session.open(src), src);
  await part(page, 'ninzu-notice [role=alert]').waitFor();
}

async function back(page) {
  await page.evaluate(() => {
    const explorer = document.querySelector('ninzu-explorer');
    return explorer.session.open(explorer.src);
  });
  await settled(page);
}

const all = [
  { name: 'everyone', show: ({ page }) => cohort(page, 'everyone') },
  { name: 'cohort', show: ({ page }) => cohort(page, 'diagnosis = G40 and life_stage in school_age..aya and not diagnosis = I10') },
  { name: 'groups', show: ({ page }) => cohort(page, GROUPS) },
  {
    name: 'choices',
    show: async ({ page }) => {
      await cohort(page, 'diagnosis = G40');
      await part(page, '[data-key=slot-life_stage]').click();
      await part(page, 'ninzu-editor .marked').first().waitFor();
    },
  },
  {
    name: 'code',
    show: async ({ page }) => {
      await cohort(page, 'diagnosis = G40');
      await part(page, 'ninzu-builder .rows .chip .word').click();
      await part(page, 'ninzu-editor summary').click();
    },
  },
  {
    name: 'search',
    show: async ({ page, lang }) => {
      await cohort(page, 'sex = female');
      await part(page, '[data-key=add]').click();
      await part(page, 'ninzu-search input').fill(lang === 'ja' ? '糖尿病' : 'diabetes');
    },
  },
  {
    name: 'nothing-found',
    show: async ({ page }) => {
      await cohort(page, 'everyone');
      await part(page, '[data-key=add]').click();
      await part(page, 'ninzu-search input').fill('zzz');
    },
  },
  {
    name: 'text-error',
    show: async ({ page }) => {
      await cohort(page, 'sex = female');
      await page.evaluate(() => {
        document.querySelector('ninzu-explorer').shadowRoot.querySelector('ninzu-search').typed = '';
      });
      await part(page, '.cohort > details > summary').click();
      await part(page, 'ninzu-text textarea').fill('sex = female and diagnosis = G4O');
      await part(page, 'ninzu-text mark').waitFor();
    },
  },
  {
    name: 'steps',
    show: async ({ page }) => {
      await cohort(page, GROUPS);
      await part(page, '#tab-steps').click();
      await settled(page, ['steps']);
    },
  },
  {
    name: 'why',
    show: async ({ page }) => {
      await cohort(page, 'diagnosis = G40 and not diagnosis = I10');
      await part(page, '#tab-why').click();
      await settled(page, ['why']);
    },
  },
  {
    name: 'sql',
    show: async ({ page }) => {
      await cohort(page, 'diagnosis = G40');
      await part(page, '#tab-sql').click();
      await part(page, '[data-key=sql-cohort]').click();
      await part(page, '[data-key=sql-run]').click();
      await part(page, 'ninzu-sql table').waitFor();
      await part(page, 'ninzu-sql').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'table',
    show: async ({ page }) => {
      await cohort(page, 'diagnosis = G40');
      await part(page, 'ninzu-chart select').selectOption('life_stage');
      await settled(page, ['by life_stage']);
      await part(page, 'ninzu-chart summary').click();
    },
  },
  {
    name: 'protection',
    show: async ({ page }) => {
      await cohort(page, 'everyone');
      await part(page, '[data-key=about]').click();
    },
  },
  {
    name: 'keys',
    show: async ({ page }) => {
      await cohort(page, 'everyone');
      await part(page, '[data-key=help]').click();
    },
  },
  {
    name: 'failed',
    show: async ({ page }) => {
      await cohort(page, 'everyone');
      await failing(page, '/nowhere/');
    },
  },
  {
    name: 'empty',
    show: async ({ page }) => {
      await page.evaluate(() => {
        const explorer = document.querySelector('ninzu-explorer');
        explorer.session.dispose();
        explorer.requestUpdate();
      });
      await part(page, 'ninzu-notice [data-key=choose-folder]').waitFor();
    },
  },
];

/** Those that can be shown: rows of SQL need its module. */
export const views = all.filter((view) => hasSql || view.name !== 'sql');

export { back };
