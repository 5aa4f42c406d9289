import { textOf, type Query } from './api.js';
import { guarded } from './error.js';
import { call, type Bindings } from './wasm-module/load.js';

/** A query in its other form: as JSON, or as text. */
export function translate(into: 'parse' | 'print', query: Query, load: () => Promise<Bindings>): Promise<string> {
  return guarded(async () => {
    const module = await load();
    const text = textOf(query);
    return call(() => module[into](text));
  });
}
