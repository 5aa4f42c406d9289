// A signature of a release's descriptor, which names every other file with its hash. The format is minisign's.
import { blake2b } from './blake2b.js';
import { failed, MissingFile, type NinzuError, say } from './error.js';
import type { Source } from './host/source.js';

/** Who signed a release: a key that the caller trusts. */
export interface Signature {
  /** The key's id, as minisign writes it. */
  key: string;
  /** What the caller calls the key; nothing if it was given without a name. */
  name?: string;
}

const FILE = 'datapackage.json.minisig';

interface Key {
  id: string;
  name: string | undefined;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Checks that a descriptor carries a signature of one of the keys. */
export async function signatureOf(descriptor: Uint8Array, source: Source, trust: string | readonly string[], signal?: AbortSignal): Promise<Signature> {
  const keys = (typeof trust === 'string' ? [trust] : trust).map(keyOf);
  let text: string;
  try {
    text = new TextDecoder().decode(await source.file(FILE, signal));
  } catch (error) {
    if (!(error instanceof MissingFile)) throw error;
    throw failed('untrusted', say('signature.unsigned'), say('hint.signed_release'));
  }
  const { isHashed, id, signature, comment, overall } = parsed(text);
  const key = keys.find((one) => one.id === id);
  if (!key) {
    const hint = keys.length === 0 ? say('hint.no_trusted_key') : say('hint.trusted_keys', { keys: keys.map((one) => one.id) });
    throw failed('untrusted', say('signature.untrusted', { key: id }), hint);
  }
  const message = isHashed ? blake2b(descriptor) : descriptor;
  const commented = new Uint8Array([...signature, ...new TextEncoder().encode(comment)]);
  if (!(await isBy(key, signature, message)) || !(await isBy(key, overall, commented))) {
    throw failed('tampered', say('signature.unfit', { key: id }), say('hint.changed_after_signing'));
  }
  return { key: id, ...(key.name !== undefined && { name: key.name }) };
}

async function isBy(key: Key, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  const subtle = globalThis.crypto?.subtle;
  const unknown = (cause?: unknown): NinzuError =>
    failed('unsupported', say('signature.no_ed25519'), say('hint.ed25519'), cause);
  if (!subtle) throw unknown();
  let imported: CryptoKey;
  try {
    imported = await subtle.importKey('raw', key.bytes, 'Ed25519', false, ['verify']);
  } catch (cause) {
    throw unknown(cause);
  }
  return subtle.verify('Ed25519', imported, signature as BufferSource, message as BufferSource);
}

/** A key as the caller writes it: `RW…`, or `NAME=RW…`. */
function keyOf(written: string): Key {
  const [, name, text] = /^(?:(.*)=)?(RW[A-Za-z0-9+/]{54})$/s.exec(written) ?? [];
  const bytes = text === undefined ? undefined : decoded(text);
  if (bytes?.length !== 42) {
    throw failed('unsupported', say('signature.no_public_key', { key: written }), say('hint.trust'));
  }
  return { id: idOf(bytes.subarray(2, 10)), name: name?.trim() || undefined, bytes: bytes.slice(10) };
}

/** A signature's four lines. */
function parsed(text: string): { isHashed: boolean; id: string; signature: Uint8Array; comment: string; overall: Uint8Array } {
  const [, line = '', trusted = '', last = ''] = text.split('\n').map((one) => one.replace(/\r$/, ''));
  const [first, overall] = [decoded(line), decoded(last)];
  const method = String.fromCharCode(...(first?.subarray(0, 2) ?? []));
  if (first?.length !== 74 || overall?.length !== 64 || (method !== 'ED' && method !== 'Ed') || !trusted.startsWith('trusted comment: ')) {
    throw failed('tampered', say('signature.malformed', { file: FILE }), say('hint.minisign'));
  }
  return { isHashed: method === 'ED', id: idOf(first.subarray(2, 10)), signature: first.subarray(10), comment: trusted.slice('trusted comment: '.length), overall };
}

function decoded(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** An id as minisign writes it: sixteen digits, the last byte first. */
function idOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse().join('').toUpperCase();
}
