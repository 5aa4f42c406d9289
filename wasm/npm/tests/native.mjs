// What the native command line says to every case, in this run.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const COMMANDS = { count: 'query', facets: 'facets', explain: 'explain', describe: 'describe' };

/** The releases that are at hand: name and folder. */
export const releases = [
  ['demo', process.env.NINZU_DEMO],
  ['omop', process.env.NINZU_OMOP_RELEASE],
].filter(([, folder]) => folder);

/** Whether a release must be opened as unaudited. */
export function isUnaudited(folder) {
  const { protection } = JSON.parse(readFileSync(`${folder}/datapackage.json`, 'utf8')).ninzu;
  return protection.by === 'ninzu' && !protection.audited;
}

/** The cases of a release: `[what, query]`. */
export function casesOf(name) {
  const text = readFileSync(fileURLToPath(new URL(`cases/${name}.txt`, import.meta.url)), 'utf8');
  return text.trimEnd().split('\n').map((line) => line.split('\t'));
}

function native(folder, [what, query]) {
  const words = [COMMANDS[what], folder, ...(what === "describe" ? [] : ["--", query])];
  const args = ['--lang', 'en', ...words.slice(0, 2), '--format', 'json', ...(isUnaudited(folder) ? ['--unaudited'] : []), ...words.slice(2)];
  return new Promise((resolve, reject) => {
    execFile(process.env.NINZU, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (!error || error.code === 1) resolve({ json: stdout });
      else if (error.code === 2) resolve({ error: stderr });
      else reject(error);
    });
  });
}

/** What is expected for each case, four processes at a time. */
export async function expected(name, folder) {
  const cases = casesOf(name);
  const answers = new Array(cases.length);
  let next = 0;
  const work = async () => {
    for (let i = next++; i < cases.length; i = next++) answers[i] = await native(folder, cases[i]);
  };
  await Promise.all([work(), work(), work(), work()]);
  return cases.map(([what, query], i) => ({ what, query: query ?? '', ...answers[i] }));
}

/** Why an outcome is not the expected one; nothing if it is. An error must have the message that the command line shows. */
export function differs({ what, query, json, error }, got) {
  const place = `${what} ${query}`;
  if (json !== undefined) return got.json === json ? undefined : `${place}: ${got.error ?? 'other bytes'}`;
  const plain = (text) => text.replace(/\s+/g, ' ');
  return got.error && plain(error).includes(plain(got.error)) ? undefined : `${place}: ${got.error ?? 'an answer'}, not ${error}`;
}
