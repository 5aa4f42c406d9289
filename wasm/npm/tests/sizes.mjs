// What a page loads, as it is and compressed; fails over budget.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

/** The most that the module and, where it is built, the SQL module may have, in bytes of brotli; scripts/wasm.sh says it. */
const [MOST, MOST_SQL] = process.argv.slice(2).map(Number);

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const sizes = (names) => {
  const all = names.map((name) => readFileSync(`${dist}/${name}`));
  const compressed = all.map((bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  const sum = (list) => list.reduce((total, bytes) => total + bytes.length, 0);
  return [sum(all), sum(compressed)];
};
const tell = (what, [raw, brotli]) => console.log(`${what.padEnd(34)}${String(raw).padStart(9)} bytes, brotli ${String(brotli).padStart(7)}`);

const scripts = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'));
const ofSql = (name) => name.includes('sql');
const module = sizes(['wasm/ninzu_wasm_bg.wasm']);
tell('module', module);
tell('scripts, not minified', sizes(scripts.filter((name) => !ofSql(name))));
tell('its scripts of SQL, not minified', sizes(scripts.filter(ofSql)));
let fits = module[1] <= MOST;
console.log(`budget of the module: ${MOST} bytes of brotli`);
if (MOST_SQL) {
  const sql = sizes(['wasm-sql/ninzu_wasm_sql_bg.wasm']);
  tell('SQL module', sql);
  console.log(`budget of the SQL module: ${MOST_SQL} bytes of brotli`);
  fits &&= sql[1] <= MOST_SQL;
}
process.exitCode = fits ? 0 : 1;
