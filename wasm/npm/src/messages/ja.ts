import { ja as engine } from './engine-ja.js';
import type { Catalogue } from './message.js';
import { ownJa } from './own-ja.js';

/** What the engine and the package say, in Japanese. */
export const ja: Catalogue = { ...engine, ...ownJa };
