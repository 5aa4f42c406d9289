// The releases that mean ill, one list for the command line, Node and the page: NINZU_HOSTILE is the folder that tests/hostile/make.py
// wrote. What each may come to, and what none may.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export const hostile = process.env.NINZU_HOSTILE;

/** The cases: name, release, steps, expect, kinds. A query may stand in a file. */
export function hostileCases() {
  const { cases } = JSON.parse(readFileSync(`${hostile}/manifest.json`, 'utf8'));
  // Some are for those who read folders: links, devices.
  return cases.filter((one) => one.only !== 'native').map((one) => ({
    ...one,
    steps: one.steps.map(({ query_file: file, ...step }) => (file === undefined ? step : { ...step, query: readFileSync(`${hostile}/${file}`, 'utf8') })),
  }));
}

/** The longest that one step may take, in milliseconds, and the longest message. */
const LONGEST = 5000;
const MESSAGE = 20_000;

/** What may be wrong with a question, whatever the release is. */
const ABOUT_QUERIES = ['syntax', 'unknown_name', 'invalid_query'];

/** What is not shown as it is: controls, and what turns the order of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
export const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** Does a case's steps; evaluated in Node and in pages. `clock`: in milliseconds, the processor's where it can be had. Each outcome is an error's parts, or the length of an answer. */
export async function outcomes({ Release, NinzuError, clock = () => performance.now() }, from, { steps }) {
  const all = [];
  const said = (error) => ({ isOurs: error instanceof NinzuError, name: error?.name, kind: error?.kind, message: String(error?.message), hint: error?.hint ?? '' });
  let release;
  const timed = async (what, work) => {
    const began = clock();
    const outcome = await work().then((length) => ({ length }), (error) => ({ error: said(error) }));
    all.push({ what, ...outcome, took: clock() - began });
    return outcome.error === undefined;
  };
  const OPTIONS = { unknown_codes: 'unknownCodes', work: 'work' };
  const isOpen = await timed('open', async () => {
    release = await Release.open(from, { retries: 0 });
    return 0;
  });
  for (const step of isOpen ? steps.filter((one) => one.do !== 'open') : []) {
    const what = step.do === 'query' ? 'count' : step.do;
    const options = Object.fromEntries(Object.entries(step.options ?? {}).map(([name, value]) => [OPTIONS[name] ?? name, value]));
    await timed(step.do, async () => (await release.json(what, step.query, options)).length);
  }
  release?.dispose();
  return all;
}

/** What is wrong with the outcomes of a case. */
export function wrongs({ name, expect, kinds }, all) {
  const wrong = [];
  const errors = all.filter((one) => one.error);
  for (const { what, error, took } of all) {
    const place = `${name}, ${what}`;
    if (took > LONGEST) wrong.push(`${place}: ${Math.round(took)} ms`);
    if (!error) continue;
    if (!error.isOurs) wrong.push(`${place}: ${error.name}: ${error.message.slice(0, 200)} was thrown as it is`);
    if (error.kind === 'crashed' || error.kind === 'internal') wrong.push(`${place}: ${error.kind}: ${error.message.slice(0, 200)}`);
    else if (!isRight(error.kind, what, kinds)) wrong.push(`${place}: ${error.kind} is none of ${kinds}: ${error.message.slice(0, 200)}`);
    if (error.message.length + error.hint.length > MESSAGE) wrong.push(`${place}: a message of ${error.message.length} letters`);
    if (ACTING.test(error.message + error.hint)) wrong.push(`${place}: a message with characters that act`);
  }
  if (expect === 'answer' && errors.length > 0) wrong.push(`${name}: should be answered`);
  if (expect === 'refused' && errors.length === 0) wrong.push(`${name}: should be refused`);
  return wrong;
}

function isRight(kind, what, kinds) {
  if (kinds.includes(kind) || (what !== 'open' && ABOUT_QUERIES.includes(kind))) return true;
  // The module counts in 32 bits: a number that is absurd may already be none to it.
  return kind === 'invalid_release' && kinds.includes('unsupported');
}

/** The tests that every place has: no case is wrong. */
export function none(wrong) {
  assert.deepEqual(wrong.flat(), []);
}
