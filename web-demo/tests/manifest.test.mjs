// custom-elements.json says of each element what it is: attributes, properties, events, parts and custom properties.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { launch, open, site } from './page.mjs';

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { modules } = JSON.parse(read('custom-elements.json'));
const [{ path, declarations, exports }] = modules;
const namesOf = (list) => (list ?? []).map(({ name }) => name).toSorted();

let browser, server;
before(async () => {
  server = await site();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test('the manifest names the elements, their attributes and their properties', async () => {
  const { page, close } = await open(browser, server);
  const elements = await page.evaluate(async (path) => {
    const module = await import(`/${path}`);
    const found = {};
    for (const [name, value] of Object.entries(module)) {
      if (!(typeof value === 'function' && value.prototype instanceof HTMLElement)) continue;
      const attributes = {};
      const fields = [];
      for (const [field, { attribute, type, state }] of value.elementProperties) {
        if (state) continue;
        if (attribute === false) fields.push(field);
        else attributes[typeof attribute === 'string' ? attribute : field.toLowerCase()] = { field, type: (type ?? String).name.toLowerCase() };
      }
      found[name] = { tag: new value().localName, attributes, fields: fields.sort(), observed: [...value.observedAttributes].sort() };
    }
    return found;
  }, path);
  await close();
  assert.deepEqual(namesOf(declarations), Object.keys(elements).toSorted());
  for (const { name, tagName, attributes, members } of declarations) {
    const element = elements[name];
    assert.equal(tagName, element.tag);
    assert.deepEqual(Object.fromEntries((attributes ?? []).map(({ name, fieldName, type }) => [name, { field: fieldName, type: type.text }])), element.attributes, name);
    assert.deepEqual(namesOf(attributes), element.observed, name);
    assert.deepEqual(namesOf(members), element.fields, name);
  }
  assert.deepEqual(namesOf(exports), declarations.flatMap(({ name, tagName }) => [name, tagName]).toSorted());
});

test('the manifest names the parts that pages may style', async () => {
  const { page, close } = await open(browser, server);
  const parts = await page.evaluate(() => {
    const explorer = document.querySelector('ninzu-explorer');
    const own = (root) => [...root.querySelectorAll('[part]')].flatMap((one) => [...one.part]);
    const root = explorer.shadowRoot;
    const passed = [...root.querySelectorAll('[exportparts]')].flatMap((one) => one.getAttribute('exportparts').split(/,\s*/));
    const found = { 'ninzu-explorer': [...own(root), ...passed] };
    for (const one of root.querySelectorAll('ninzu-builder, ninzu-search, ninzu-answer, ninzu-map, ninzu-chart')) found[one.localName] = own(one.shadowRoot);
    return found;
  });
  await close();
  for (const { tagName, cssParts } of declarations.filter((one) => one.tagName in parts)) {
    const shown = [...new Set(parts[tagName])].toSorted();
    // What keeps an answer from being given is not shown now.
    const named = namesOf(cssParts).filter((part) => part !== 'problem' || tagName === 'ninzu-explorer');
    assert.deepEqual(named, shown, tagName);
  }
});

test('the manifest names the events and the custom properties', () => {
  const [, shared] = /interface NinzuEvents \{(.*?)\/\/ Between the elements/s.exec(read('src/model/events.ts'));
  const events = [...shared.matchAll(/^ {2}'(ninzu-[a-z-]+)'/gm)].map(([, name]) => name);
  assert.deepEqual(namesOf(declarations.find(({ name }) => name === 'NinzuExplorer').events), events.toSorted());
  const properties = [...new Set(read('src/style/tokens.ts').match(/--ninzu-(?!\*)[a-z-]+/g))].toSorted();
  for (const { name, cssProperties } of declarations) assert.deepEqual(namesOf(cssProperties), properties, name);
  const readme = read('README.md');
  for (const name of [...events, ...properties]) assert.ok(readme.includes(`\`${name}\``), `the README does not name ${name}`);
});
