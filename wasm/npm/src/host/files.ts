import { failed, MissingFile, NinzuError, reasonOf, say } from '../error.js';
import type { ByteRange, Source } from './source.js';

/** A release as files: chosen, dropped, or in memory. Paths are those inside the release. */
export type Files = FileList | readonly File[] | ReadonlyMap<string, Blob | BufferSource>;

const DESCRIPTOR = 'datapackage.json';

/** A release whose files are at hand. */
export class FilesSource implements Source {
  readonly #files: ReadonlyMap<string, Blob | BufferSource>;

  constructor(files: Files) {
    if (typeof files !== 'object' || files === null || !(files instanceof Map || 'length' in files)) {
      throw failed('unsupported', say('files.neither'), say('hint.which_files'));
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
    if (!file) throw new MissingFile(say('file.not_chosen', { file: path }), say('hint.choose_folder'));
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
    throw failed('io', say('file.unread', { file: path, reason: reasonOf(cause) }), say('hint.choose_again'), cause);
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
      if (files.size >= MOST) throw failed('invalid_release', say('files.too_many', { most: MOST }), say('hint.drop_one_release'));
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
    throw failed('io', say('files.not_dropped', { reason: reasonOf(cause) }), say('hint.drop_again'), cause);
  }
  return files;
}
