// Signatures as minisign makes them: who signed, with which key, and everything that is no such signature.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

import { blake2b } from '../dist/blake2b.js';
import { NinzuError, Release } from '../dist/node.js';
import { releases } from './native.mjs';

const [[, demo]] = releases;
const fails = (kind, message) => (error) => error instanceof NinzuError && error.kind === kind && message.test(error.message) && Boolean(error.hint);

/** Somebody with a key. */
function signer(id = '0123456789ABCDEF') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const number = Buffer.from(id, 'hex').reverse();
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = Buffer.concat([Buffer.from('Ed'), number, raw]).toString('base64');
  const file = (message, { method = 'ED', comment = 'release x, signed 2026-11-26' } = {}) => {
    const signed = sign(null, method === 'ED' ? createHash('blake2b512').update(message).digest() : message, privateKey);
    const overall = sign(null, Buffer.concat([signed, Buffer.from(comment)]), privateKey);
    return [
      'untrusted comment: a signature', Buffer.concat([Buffer.from(method), number, signed]).toString('base64'),
      `trusted comment: ${comment}`, overall.toString('base64'), '',
    ].join('\n');
  };
  return { id, key, file };
}

/** The demo's files in memory, with a signature if there is one. */
async function signed(signature) {
  const files = new Map();
  for (const entry of await readdir(demo, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) files.set(`${entry.parentPath}/${entry.name}`.slice(demo.length + 1), await readFile(`${entry.parentPath}/${entry.name}`));
  }
  files.delete('datapackage.json.minisig');
  if (signature !== undefined) files.set('datapackage.json.minisig', Buffer.from(signature));
  return files;
}

const descriptor = await readFile(`${demo}/datapackage.json`);

test('BLAKE2b-512 is that of others, at every length around a block', () => {
  for (const length of [0, 1, 3, 63, 64, 127, 128, 129, 255, 256, 257, 1000, 65_537]) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 31 + 7) % 256));
    assert.equal(Buffer.from(blake2b(bytes)).toString('hex'), createHash('blake2b512').update(bytes).digest('hex'), `${length} bytes`);
  }
});

test('a release that a trusted key signed says who signed it; without trust nothing is fetched or said', async () => {
  const { id, key, file } = signer();
  for (const method of ['ED', 'Ed']) {
    const files = await signed(file(descriptor, { method }));
    for (const [trust, name] of [[key, undefined], [[`Bureau=${key}`], 'Bureau'], [[signer('FFFFFFFFFFFFFFFF').key, `人数 = 局=${key}`], '人数 = 局']]) {
      const release = await Release.open(files, { trust });
      assert.deepEqual(release.signature, { key: id, ...(name && { name }) });
      release.dispose();
    }
  }
  const release = await Release.open(await signed('nonsense'));
  assert.equal(release.signature, undefined);
  release.dispose();
});

test('no signature, another key, another release, a changed comment, and what is no signature are refused', async () => {
  const { key, file } = signer();
  const other = signer('AAAAAAAAAAAAAAAA');
  const open = async (signature, trust = key) => Release.open(await signed(signature), { trust });
  await assert.rejects(open(undefined), fails('untrusted', /^the release is not signed, and only releases signed by a trusted key are accepted$/));
  await assert.rejects(open(other.file(descriptor)), fails('untrusted', /signed by key AAAAAAAAAAAAAAAA, which is not trusted/));
  await assert.rejects(open(file(descriptor), []), fails('untrusted', /not trusted/));
  await assert.rejects(open(file(Buffer.from('another'))), fails('tampered', /^the signature of key 0123456789ABCDEF does not fit datapackage\.json$/));
  // The same id with another key: ids are no secret.
  await assert.rejects(open(signer().file(descriptor)), fails('tampered', /does not fit/));
  await assert.rejects(open(file(descriptor).replace('release x', 'release y')), fails('tampered', /does not fit/));
  for (const nonsense of ['', 'nonsense', file(descriptor).slice(0, 100), file(descriptor).replace('\ntrusted comment', '\ncomment'), '\n!!\n\n!!']) {
    await assert.rejects(open(nonsense), fails('tampered', /is no signature|does not fit/));
  }
  for (const nonsense of ['', 'RWshort', 'x'.repeat(56), `name=${'x'.repeat(56)}`]) await assert.rejects(open(file(descriptor), nonsense), fails('unsupported', /is no public key/));
});

test('where signatures cannot be checked the release is refused, never taken as it is', async () => {
  const { key, file } = signer();
  const files = await signed(file(descriptor));
  const { importKey } = crypto.subtle;
  crypto.subtle.importKey = () => Promise.reject(new DOMException('unknown', 'NotSupportedError'));
  try {
    await assert.rejects(Release.open(files, { trust: key }), fails('unsupported', /no Ed25519/));
  } finally {
    crypto.subtle.importKey = importKey;
  }
});
