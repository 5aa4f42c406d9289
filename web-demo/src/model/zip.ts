// A zip archive that somebody chose. Whoever packed it may mean ill: its directory is read first, and every size has a limit.
import { NinzuError } from 'ninzu/worker';

/** The most that an archive may have and may become; no release is near. */
export const LIMITS = {
  /** Bytes of the archive. */
  archive: 1024 ** 3,
  /** Files in it. */
  entries: 10_000,
  /** Bytes of all its files. */
  total: 1024 ** 3,
  /** How many times larger than packed a file may become, beyond a megabyte. */
  ratio: 250,
} as const;

const DESCRIPTOR = 'datapackage.json';
const HINT = 'pack the folder of one release, as `zip -r release.zip release` does';

interface Entry {
  path: string;
  isPacked: boolean;
  packed: number;
  size: number;
  at: number;
}

/** The files of the release that an archive holds. */
export async function unzipped(archive: Blob): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  if (archive.size > LIMITS.archive) throw refused(`it is larger than ${count(LIMITS.archive)} bytes`);
  const all = await entriesOf(archive);
  const root = all
    .map((one) => one.path)
    .filter((path) => path === DESCRIPTOR || path.endsWith(`/${DESCRIPTOR}`))
    .sort((a, b) => a.length - b.length)[0];
  if (root === undefined) throw refused(`${DESCRIPTOR} is not in it`);
  const entries = all.filter((one) => one.path.startsWith(root.slice(0, -DESCRIPTOR.length)));
  checked(entries, archive.size);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of entries) files.set(entry.path, await contentOf(archive, entry));
  return files;
}

function checked(entries: readonly Entry[], size: number): void {
  const names = new Set(entries.map((one) => one.path));
  if (names.size < entries.length) throw refused('two of its files have the same name');
  const sum = (of: (one: Entry) => number): number => entries.reduce((all, one) => all + of(one), 0);
  if (sum((one) => one.size) > LIMITS.total) throw refused(`its files have more than ${count(LIMITS.total)} bytes`);
  if (sum((one) => one.packed) > size) throw refused('its files lie in each other');
  const bomb = entries.find((one) => one.size > 1024 ** 2 && one.size > LIMITS.ratio * one.packed);
  if (bomb) throw refused(`${bomb.path} would become more than ${LIMITS.ratio} times as large`);
}

/** What the directory at the archive's end lists, folders left out. */
async function entriesOf(archive: Blob): Promise<Entry[]> {
  // At the very end, but for a comment of at most 65,535 bytes.
  const tail = await view(archive, Math.max(0, archive.size - 22 - 0xffff), archive.size);
  let end = tail.byteLength - 22;
  while (end >= 0 && !(tail.getUint32(end, true) === 0x06054b50 && end + 22 + tail.getUint16(end + 20, true) === tail.byteLength)) end--;
  if (end < 0) throw refused('it is no zip archive, or it is cut off');
  const [listed, length, start] = [tail.getUint16(end + 10, true), tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (listed === 0xffff || length === 0xffffffff || start === 0xffffffff) throw refused('it is of the kind for very large archives (zip64)');
  if (listed > LIMITS.entries) throw refused(`it has more than ${count(LIMITS.entries)} files`);
  if (start + length > archive.size) throw refused('its directory is cut off');
  const directory = await view(archive, start, start + length);
  const entries: Entry[] = [];
  for (let at = 0, n = 0; n < listed; n++) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50) throw refused('its directory is damaged');
    const [name, extra, comment] = [28, 30, 32].map((place) => directory.getUint16(at + place, true)) as [number, number, number];
    if (at + 46 + name + extra + comment > directory.byteLength) throw refused('its directory is damaged');
    const path = new TextDecoder().decode(new Uint8Array(directory.buffer, directory.byteOffset + at + 46, name)).replaceAll('\\', '/');
    const [flags, method] = [directory.getUint16(at + 8, true), directory.getUint16(at + 10, true)];
    const [packed, size, place] = [20, 24, 42].map((offset) => directory.getUint32(at + offset, true)) as [number, number, number];
    at += 46 + name + extra + comment;
    if (path.endsWith('/')) continue;
    if ((flags & 1) !== 0) throw refused('it is encrypted');
    if (method !== 0 && method !== 8) throw refused(`${path} is packed in a way that browsers do not know`);
    entries.push({ path, isPacked: method === 8, packed, size, at: place });
  }
  return entries;
}

/** A file's bytes: never more than the directory says. */
async function contentOf(archive: Blob, { path, isPacked, packed, size, at }: Entry): Promise<Uint8Array<ArrayBuffer>> {
  const damaged = (cause?: unknown): NinzuError => refused(`${path} is damaged`, cause);
  const head = await view(archive, at, Math.min(at + 30, archive.size));
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) throw damaged();
  const start = at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const content = archive.slice(start, start + packed);
  if (content.size !== packed || (!isPacked && packed !== size)) throw damaged();
  if (!isPacked) return new Uint8Array(await content.arrayBuffer());
  const bytes = new Uint8Array(size);
  let length = 0;
  const reader = content.stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (length + part.value.length > size) throw damaged();
      bytes.set(part.value, length);
      length += part.value.length;
    }
  } catch (cause) {
    throw cause instanceof NinzuError ? cause : damaged(cause);
  } finally {
    reader.cancel().catch(() => {}); // nobody waits for it
  }
  if (length !== size) throw damaged();
  return bytes;
}

async function view(archive: Blob, start: number, end: number): Promise<DataView> {
  return new DataView(await archive.slice(start, end).arrayBuffer());
}

function refused(why: string, cause?: unknown): NinzuError {
  return new NinzuError('invalid_release', `this archive cannot be opened: ${why}`, { hint: HINT, ...(cause !== undefined && { cause }) });
}

function count(n: number): string {
  return n.toLocaleString('en');
}
