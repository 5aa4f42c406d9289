// The module from its file, in Node.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { failed, reasonOf, say } from '../error.js';
import type { NodeOptions } from '../host/folder.js';
import { loadModule, type Bindings } from './load.js';

/** The module, from its file. */
export function readModule(options: NodeOptions): Promise<Bindings> {
  const path = options.wasmUrl ?? new URL('../wasm/ninzu_wasm_bg.wasm', import.meta.url);
  return loadModule(() => checked(path, options.integrity));
}

/** A module's code. */
export async function checked(path: string | URL, integrity?: string): Promise<BufferSource> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw failed('io', say('module.unread', { reason: reasonOf(cause) }), say('hint.keep_dist'), cause);
  }
  if (integrity !== undefined && !matches(bytes, integrity)) {
    throw failed('tampered', say('module.tampered'));
  }
  return bytes;
}

function matches(bytes: Uint8Array, integrity: string): boolean {
  const [, algorithm, hash] = /^(sha256|sha384|sha512)-(.+)$/.exec(integrity) ?? [];
  return algorithm !== undefined && createHash(algorithm).update(bytes).digest('base64') === hash;
}
