import { MissingFile, NinzuError, reasonOf } from '../error.js';
import type { ByteRange, Source } from './source.js';

/** A release as files: chosen, dropped, or in memory. Paths are those inside the release. */
export type Files = FileList | readonly File[] | ReadonlyMap<string, Blob | BufferSource>;

const DESCRIPTOR = 'datapackage.json';

/** A release whose files are at hand. */
export class FilesSource implements Source {
  readonly #files: ReadonlyMap<string, Blob | BufferSource>;

  constructor(files: Files) {
    if (typeof files !== 'object' || files === null || !(files instanceof Map || 'length' in files)) {
      throw new NinzuError('unsupported', 'a release is an address, or files', { hint: 'files are those of an input, a drop, or a Map from paths to bytes' });
    }
    this.#files = files instanceof Map ? rooted(files) : rooted(new Map(listed(files as ArrayLike<File>)));
  }

  async file(path: string): Promise<Uint8Array> {
    return this.#slice(path);
  }

  ranges(wanted: ByteRange[]): Promise<Uint8Array[]> {
    return Promise.all(wanted.map(({ path, start, end }) => this.#slice(path, start, end)));
  }

  async endsAt(path: string, bytes: number): Promise<boolean> {
    const file = this.#files.get(path);
    return file !== undefined && (file instanceof Blob ? file.size : file.byteLength) === bytes;
  }

  async #slice(path: string, start?: number, end?: number): Promise<Uint8Array> {
    const file = this.#files.get(path);
    if (!file) throw new MissingFile(`${path} is not among the files`, { hint: 'choose the whole folder of the release' });
    if (file instanceof Blob) return read(path, file.slice(start, end));
    const bytes = ArrayBuffer.isView(file) ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength) : new Uint8Array(file);
    return bytes.subarray(start, end);
  }
}

/** The bytes of a file, which may have changed since it was chosen. */
async function read(path: string, file: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new NinzuError('io', `${path} cannot be read: ${reasonOf(cause)}`, { hint: 'files that change after they were chosen must be chosen again', cause });
  }
}

function listed(files: ArrayLike<File>): [string, File][] {
  return Array.from(files, (file) => [file.webkitRelativePath || file.name, file]);
}

/** Paths from the folder that holds the descriptor: a chosen folder's own name stands before them. */
function rooted<T>(files: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const descriptors = [...files.keys()].filter((path) => path === DESCRIPTOR || path.endsWith(`/${DESCRIPTOR}`));
  const root = descriptors.sort((a, b) => a.length - b.length)[0]?.slice(0, -DESCRIPTOR.length);
  if (!root) return files;
  return new Map([...files].filter(([path]) => path.startsWith(root)).map(([path, file]) => [path.slice(root.length), file]));
}

/** The most files that a dropped folder may have. */
const MOST = 20_000;

/** The files of a dropped folder. Call it while the `drop` event is handled. */
export async function dropped(transfer: DataTransfer): Promise<Map<string, File>> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files = new Map<string, File>();
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      if (files.size >= MOST) throw new NinzuError('invalid_release', `more than ${MOST.toLocaleString('en')} files were dropped`, { hint: 'drop the folder of one release' });
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      files.set(entry.fullPath.replace(/^\//, ''), file);
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader hands out some entries at a time, and none at the end.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return;
      await Promise.all(some.map(walk));
    }
  };
  try {
    await Promise.all(entries.map(walk));
  } catch (cause) {
    if (cause instanceof NinzuError) throw cause;
    throw new NinzuError('io', `what was dropped cannot be read: ${reasonOf(cause)}`, { hint: 'drop the folder again, or choose it', cause });
  }
  return files;
}
