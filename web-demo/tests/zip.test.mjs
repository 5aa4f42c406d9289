// Archives that somebody chose, also those that mean ill: every one is read within its limits, or refused in a sentence.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { strToU8, zipSync } from 'fflate';
import { createServer } from 'vite';

let vite, unzipped, LIMITS, NinzuError;
before(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  vite = await createServer({ root, configFile: `${root}/vite.config.ts`, server: { middlewareMode: true, watch: null }, appType: 'custom', logLevel: 'error', optimizeDeps: { noDiscovery: true } });
  ({ unzipped, LIMITS } = await vite.ssrLoadModule('/src/model/zip.ts'));
  ({ NinzuError } = await vite.ssrLoadModule('ninzu/worker'));
});
after(() => vite?.close());

const descriptor = strToU8('{"ninzu": {}}');
const table = new Uint8Array(randomBytes(5000));

/** An archive, with its directory changed: `change(view, at, path)` for each entry. */
function archive(files, { level = 6, change, end } = {}) {
  const bytes = zipSync(files, { level });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - 22;
  for (let at = view.getUint32(last + 16, true), n = view.getUint16(last + 10, true); n > 0; n--) {
    const name = view.getUint16(at + 28, true);
    change?.(view, at, new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)));
    at += 46 + name + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  end?.(view, last);
  return new Blob([bytes]);
}

const release = { 'r/datapackage.json': descriptor, 'r/cells/base.parquet': table };
const refuses = (blob, message) =>
  assert.rejects(unzipped(blob), (error) => {
    assert.ok(error instanceof NinzuError, String(error));
    assert.equal(error.kind, 'invalid_release');
    assert.match(error.message, message);
    return Boolean(error.hint);
  });

test('an archive of a release, packed or not, is its files; what else lies in it is left out', async () => {
  for (const level of [0, 6]) {
    const files = await unzipped(archive({ ...release, 'notes.txt': strToU8('x'.repeat(100)), '__MACOSX/r/._x': strToU8('x'), 'r/empty': new Uint8Array(0) }, { level }));
    assert.deepEqual([...files.keys()].sort(), ['r/cells/base.parquet', 'r/datapackage.json', 'r/empty']);
    assert.deepEqual(files.get('r/cells/base.parquet'), table);
  }
  assert.deepEqual([...(await unzipped(archive({ 'datapackage.json': descriptor }))).keys()], ['datapackage.json']);
});

test('what is no archive, or no release', async () => {
  await refuses(new Blob([]), /no zip archive/);
  await refuses(new Blob(['nothing']), /no zip archive/);
  await refuses(new Blob([new Uint8Array(100_000)]), /no zip archive/);
  await refuses(archive({ 'notes.txt': strToU8('x') }), /datapackage\.json is not in it/);
  await refuses(archive(release).slice(0, -30), /no zip archive/);
  await refuses(archive(release).slice(200), /cut off|damaged/);
});

test('sizes have limits, checked before anything is unpacked', async () => {
  const sizes = (size, packed) => ({
    change: (view, at, path) => {
      if (!path.endsWith('.parquet')) return;
      view.setUint32(at + 24, size, true);
      if (packed) view.setUint32(at + 20, packed, true);
    },
  });
  await refuses(archive(release, sizes(LIMITS.total + 1)), /more than 1,073,741,824 bytes/);
  await refuses(archive(release, sizes(1024 ** 2 * 100)), /more than 250 times as large/);
  await refuses(archive(release, sizes(4000, 10_000_000)), /lie in each other/);
  await refuses(archive(Object.fromEntries([...Array(LIMITS.entries).keys()].map((n) => [`r/${n}`, new Uint8Array(0)]).concat(Object.entries(release)))), /more than 10,000 files/);
  const blob = archive(release);
  Object.defineProperty(blob, 'size', { value: LIMITS.archive + 1 });
  await refuses(blob, /larger than/);
});

test('a file never becomes larger than its directory says, and never smaller', async () => {
  const zeros = { ...release, 'r/zeros': new Uint8Array(50_000_000) };
  const sized = (size) => archive(zeros, { change: (view, at, path) => path === 'r/zeros' && view.setUint32(at + 24, size, true) });
  const before = process.memoryUsage().rss;
  await refuses(sized(1000), /r\/zeros is damaged/);
  assert.ok(process.memoryUsage().rss - before < 40_000_000);
  await refuses(archive(release, { change: (view, at, path) => path.endsWith('.parquet') && view.setUint32(at + 24, 5001, true) }), /is damaged/);
});

test('directories that lie', async () => {
  await refuses(archive(release, { change: (view, at) => view.setUint16(at + 8, 1, true) }), /encrypted/);
  await refuses(archive(release, { change: (view, at) => view.setUint16(at + 10, 99, true) }), /browsers do not know/);
  await refuses(archive(release, { change: (view, at) => view.setUint32(at + 42, 0xfffffff0, true) }), /damaged/);
  await refuses(archive(release, { change: (view, at) => view.setUint32(at + 42, 7, true) }), /damaged/);
  await refuses(archive(release, { change: (view, at) => view.setUint16(at + 28, 60_000, true) }), /damaged/);
  await refuses(archive(release, { end: (view, last) => view.setUint16(last + 10, 0xffff, true) }), /zip64/);
  await refuses(archive(release, { end: (view, last) => view.setUint16(last + 10, 3, true) }), /damaged/);
  await refuses(archive(release, { end: (view, last) => view.setUint32(last + 16, 4_000_000_000, true) }), /cut off/);
  const twice = { 'r/datapackage.json': descriptor, 'r/x1': table, 'r/x2': table };
  const named = (view, at, path) => path === 'r/x2' && view.setUint8(at + 46 + 3, '1'.charCodeAt(0));
  await refuses(archive(twice, { change: named }), /the same name/);
});

test('bytes that are changed anywhere end in files or in a sentence', async () => {
  const good = new Uint8Array(await archive(release).arrayBuffer());
  let read = 0;
  for (let n = 0; n < 600; n++) {
    const bytes = good.slice();
    for (let k = 0; k < 1 + (n % 4); k++) bytes[n % 2 ? bytes.length - 1 - Math.floor(Math.random() * 250) : Math.floor(Math.random() * bytes.length)] ^= 1 << (n % 8);
    const files = await unzipped(new Blob([bytes])).catch((error) => {
      assert.ok(error instanceof NinzuError, `${error?.stack}`);
      return undefined;
    });
    if (files) read++;
  }
  assert.ok(read > 0 && read < 600);
});
