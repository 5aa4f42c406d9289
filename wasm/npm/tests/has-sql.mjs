// Whether the package was built with its SQL module: without it, what needs it is skipped, and says why.
import { statSync } from 'node:fs';

export const hasSql = statSync(new URL('../dist/wasm-sql/ninzu_wasm_sql_bg.wasm', import.meta.url)).size > 1000;

/** The options of a test that needs the SQL module. */
export const needsSql = { skip: hasSql ? false : 'the package was built without its SQL module: scripts/build-page.sh and ./test --full build it' };

if (!hasSql) console.log(`skipped: ${needsSql.skip}`);
