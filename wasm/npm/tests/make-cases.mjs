// Writes a case file from a release's dictionaries, once: `node make-cases.mjs RELEASE SEED N >cases/NAME.txt`.
// Each line is a command and a query. What is expected is never kept: the native command line says it in the same run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, seed, most] = process.argv.slice(2);
let state = BigInt(seed);
const random = (n) => {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((state >> 33n) % BigInt(n));
};
const pick = (list) => list[random(list.length)];

const { ninzu } = JSON.parse(readFileSync(join(folder, 'datapackage.json'), 'utf8'));
const rowsOf = (name) => {
  const lines = readFileSync(join(folder, `dimensions/${name}.csv`), 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((cell) => cell.replace(/,$/, '').replace(/^"|"$/g, '').replaceAll('""', '"')));
};
const dimensions = ninzu.dimensions.map(({ name, kind, ordered }) => ({ name, kind, ordered, rows: rowsOf(name) }));
const partitions = dimensions.filter((d) => d.kind === 'partition');
const codes = dimensions.filter((d) => d.kind === 'codes');
const pairs = ninzu.tables.filter((t) => t.codes.length === 2).flatMap((t) => t.declared.map((pair) => [t.codes, pair]));

const word = (text) => (/^[A-Za-z][A-Za-z0-9_]*$/.test(text) ? text : JSON.stringify(text));
/** A value, now and then by one of its labels. */
const value = (row) => {
  const [en, ja] = row.slice(-2);
  return word(random(8) === 0 && en && ja ? pick([en, ja]) : row[0]);
};
const named = (d) => d.rows.filter(([code]) => code !== '*');

const ofPartition = () => {
  const d = pick(partitions);
  const i = random(d.rows.length);
  switch (random(d.ordered ? 4 : 3)) {
    case 0: return `${d.name} != ${value(d.rows[i])}`;
    case 1: return `${d.name} in (${word(d.rows[i][0])}, ${word(pick(d.rows)[0])})`;
    case 2: return `${d.name} = ${value(d.rows[i])}`;
    default: return `${d.name} in ${word(d.rows[Math.min(i, 3)][0])}..${word(d.rows[Math.min(i + 3, d.rows.length - 2)][0])}`;
  }
};
const ofCodes = () => {
  const d = pick(codes);
  return random(9) === 0 ? `has ${d.name}` : `${d.name} = ${value(pick(named(d)))}`;
};
const ofPair = () => {
  const [dims, pair] = pick(pairs);
  return dims.map((d, i) => `${d} = ${word(pair[i])}`);
};
const by = () => (random(3) === 0 ? ` by ${pick([...partitions.map((d) => d.name), 'centre', `centre, ${partitions[0].name}`])}` : '');

const shapes = [
  () => ofPartition(),
  () => ofCodes(),
  () => `${ofPartition()} and ${ofCodes()}`,
  () => `${ofPartition()} and ${ofPartition()} and ${ofCodes()}`,
  () => ofPair().join(' and '),
  () => `${ofPair().join(' and not ')} and ${ofPartition()}`,
  () => `(${ofPair().join(' or ')}) and ${ofPartition()}`,
  () => `${ofCodes()} or ${ofCodes()}`,
  () => `at least 2 of (${ofCodes()}, ${ofCodes()}, ${ofCodes()})`,
  () => `not (${ofCodes()} or ${ofPartition()})`,
  () => `${ofCodes()} and (${ofPartition()} or ${ofCodes()})`,
  () => `at least 3 of (${[1, 2, 3, 4].map(ofCodes).join(', ')})`,
];
const errors = ['', 'sex = ', 'sex = femal', `${codes[0].name} = ~`, 'and', 'sex = female by colour', '{"filter": 1}', 'at least 9 of (has diagnosis)'];
const lines = new Set(['describe\t', 'count\teveryone', 'count\teveryone by centre', 'facets\teveryone', 'facets\tsex = female']);
for (const text of errors) lines.add(`count\t${text}`);
while (lines.size < Number(most)) {
  const command = random(14) === 0 ? 'facets' : random(7) === 0 ? 'explain' : 'count';
  lines.add(`${command}\t${shapes[lines.size % shapes.length]()}${command === 'count' ? by() : ''}`);
}
process.stdout.write([...lines].join('\n') + '\n');
