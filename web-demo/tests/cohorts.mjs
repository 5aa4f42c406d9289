// Eight cohorts, and how somebody builds each, by mouse or by keyboard alone. What is expected is never kept: the command line says it.

/** One thing that somebody does. */
const slot = (dimension, ...values) => ({ do: 'slot', dimension, values });
const take = (en, ja, code) => ({ do: 'add', search: { en, ja }, code });
const without = (en, ja, code) => ({ do: 'without', search: { en, ja }, code });
const group = (join) => ({ do: 'group', join });
const end = { do: 'end' };
const onset = (code, ...stages) => ({ do: 'onset', code, stages });

export const cohorts = [
  { query: 'sex = female', steps: [slot('sex', 'female')] },
  { query: 'diagnosis = G40', steps: [take('epilepsy', 'てんかん', 'G40')] },
  {
    query: 'sex = male and life_stage in adulthood..late_old_age and diagnosis = I10',
    steps: [slot('sex', 'male'), slot('life_stage', 'adulthood', 'early_old_age', 'late_old_age'), take('hypertension', '高血圧', 'I10')],
  },
  { query: 'diagnosis = E10-E14 and not diagnosis = I10', steps: [take('diabetes, all', '糖尿病', 'E10-E14'), without('I10', 'I10', 'I10')] },
  {
    query: 'diagnosis = C00-C97 and at least 2 of (specimen = dna, specimen = serum, specimen = tissue)',
    steps: [take('C00-C97', 'C00-C97', 'C00-C97'), group('2'), take('dna', 'dna', 'dna'), take('serum', '血清', 'serum'), take('tissue', '組織', 'tissue'), end],
  },
  { query: 'diagnosis = G40 or diagnosis = I50', steps: [group('or'), take('G40', 'G40', 'G40'), take('heart failure', '心不全', 'I50'), end] },
  {
    query: 'diagnosis in (G40@infancy, G40@early_childhood) and life_stage = aya',
    steps: [slot('life_stage', 'aya'), take('G40', 'G40', 'G40'), onset('G40', 'infancy', 'early_childhood')],
  },
  {
    query: 'specimen = dna and data = wgs and not (diagnosis = I10 or diagnosis = I50)',
    steps: [take('dna', 'dna', 'dna'), take('whole genome', '全ゲノム', 'wgs'), group('or'), take('I10', 'I10', 'I10'), take('I50', 'I50', 'I50'), end, { do: 'turn-group' }],
  },
];

/** Does a step with the mouse; letters of the search and the choice in a list are typed, as they must be. */
export async function byMouse(page, lang, step) {
  const inside = (selector) => page.locator(`ninzu-explorer ${selector}`);
  switch (step.do) {
    case 'slot':
      await inside(`[data-key="slot-${step.dimension}"]`).click();
      for (const value of step.values) await inside(`ninzu-editor input[value="${value}"]`).click();
      await inside('ninzu-editor [data-key=done]').click();
      return;
    case 'add':
    case 'without': {
      await inside('ninzu-search input').click();
      await inside('ninzu-search input').fill(step.search[lang]);
      await inside(step.do === 'add' ? `ninzu-search [data-code="${step.code}"]` : `ninzu-search [data-without="${step.code}"]`).click();
      return;
    }
    case 'group':
      await inside('[data-key=add-group]').click();
      await inside('ninzu-builder .group select').last().selectOption(step.join);
      return;
    case 'end':
      await inside('[data-key=target-done]').click();
      return;
    case 'onset':
      await inside('ninzu-builder .rows .chip .word').filter({ hasText: step.code }).click();
      await inside('ninzu-editor summary').click();
      for (const stage of step.stages) await inside(`ninzu-editor input[value="${stage}"]`).click();
      await inside('ninzu-editor [data-key=done]').click();
      return;
    case 'turn-group':
      await inside('ninzu-builder li:has(> .phrase > .group) > .sign').click();
  }
}

/** What has the focus, through all shadow roots. */
const focused = (page, read) =>
  page.evaluate((read) => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at ? (read === 'matches' ? at.outerHTML : at.getAttribute(read)) : null;
  }, read);

/** Presses Tab until what a test looks for has the focus. */
async function tabTo(page, matches, key = 'Tab', most = 200) {
  for (let i = 0; i < most; i++) {
    if (matches(await focused(page, 'matches'))) return;
    await page.keyboard.press(key);
  }
  throw new Error(`nothing like ${matches} can be reached with ${key}`);
}

const has = (text) => (html) => html?.slice(0, html.indexOf('>')).includes(text);

/** Does a step with the keyboard alone. */
export async function byKeyboard(page, lang, step) {
  const { keyboard } = page;
  switch (step.do) {
    case 'slot':
      await tabTo(page, has(`data-key="slot-${step.dimension}"`), 'Tab');
      await keyboard.press('Enter');
      await page.locator('ninzu-explorer ninzu-editor input').first().waitFor();
      for (const value of step.values) {
        await tabTo(page, has(`value="${value}"`));
        await keyboard.press('Space');
      }
      await tabTo(page, has('data-key="done"'));
      await keyboard.press('Enter');
      return;
    case 'add':
    case 'without': {
      if (!has('role="searchbox"')(await focused(page, 'matches'))) await keyboard.press('/');
      await keyboard.press('ControlOrMeta+a');
      await keyboard.type(step.search[lang]);
      await keyboard.press('ArrowDown');
      await tabTo(page, has(`data-code="${step.code}"`), 'ArrowDown', 60);
      await keyboard.press(step.do === 'add' ? 'Enter' : 'Shift+Enter');
      return;
    }
    case 'group':
      await tabTo(page, has('data-key="add-group"'));
      await keyboard.press('Enter');
      await page.locator('ninzu-explorer ninzu-builder .group select').waitFor();
      await tabTo(page, (html) => html?.startsWith('<select') === true && html.includes('value="or"'), 'Shift+Tab');
      if (step.join !== 'or') {
        // The list's letters: all, any, at least 2.
        const options = await page.locator('ninzu-explorer ninzu-builder .group select option').evaluateAll((all) => all.map((one) => one.value));
        for (let i = 0; i < options.indexOf(step.join); i++) await keyboard.press('ArrowDown');
      }
      return;
    case 'end':
      await keyboard.press('ControlOrMeta+a');
      await tabTo(page, has('data-key="target-done"'), 'Shift+Tab');
      await keyboard.press('Enter');
      return;
    case 'onset':
      await tabTo(page, (html) => html?.includes('class="word"') && html.includes(step.code));
      await keyboard.press('Enter');
      await page.locator('ninzu-explorer ninzu-editor summary').waitFor();
      await tabTo(page, (html) => html?.startsWith('<summary') === true);
      await keyboard.press('Enter');
      for (const stage of step.stages) {
        await tabTo(page, has(`value="${stage}"`));
        await keyboard.press('Space');
      }
      await tabTo(page, has('data-key="done"'));
      await keyboard.press('Enter');
      return;
    case 'turn-group':
      await tabTo(page, (html) => html?.includes('class="icon sign"') && /：|: (any of|いずれかに該当)|(any of|いずれかに該当)/.test(html.slice(0, html.indexOf('>'))));
      await keyboard.press('Enter');
  }
}
