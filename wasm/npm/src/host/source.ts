/** Bytes of a file of a release. */
export interface ByteRange {
  /** The file's path inside the release. */
  path: string;
  /** The first byte. */
  start: number;
  /** The byte after the last. */
  end: number;
}

/** Where a release's bytes come from. */
export interface Source {
  /** A whole small file. */
  file(path: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Several ranges of files, in the order asked. */
  ranges(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]>;
  /** The same, when the bytes that came were not the ones promised: past any cache, whole files. */
  again?(wanted: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]>;
  /** Whether a file has so many bytes, and no more. */
  endsAt(path: string, bytes: number, signal?: AbortSignal): Promise<boolean>;
  /** Throws if it is to keep what it brings, and could not. */
  kept?(): void;
}

/** Ranges of one file that are fetched at once, and the places of the wanted ones. */
export interface Batch extends ByteRange {
  /** Positions in the list of wanted ranges. */
  members: number[];
}

/** Ranges no farther apart than this are fetched at once: a request costs more than as many bytes. */
export const NEAR = 16 * 1024;

/** Unites ranges of one file that lie near each other. */
export function united(wanted: ByteRange[], near = NEAR): Batch[] {
  const order = wanted.map((_, i) => i).sort((a, b) => compare(wanted[a]!, wanted[b]!));
  const batches: Batch[] = [];
  for (const i of order) {
    const { path, start, end } = wanted[i]!;
    const last = batches.at(-1);
    if (last && last.path === path && start - last.end <= near) {
      last.end = Math.max(last.end, end);
      last.members.push(i);
    } else {
      batches.push({ path, start, end, members: [i] });
    }
  }
  return batches;
}

function compare(a: ByteRange, b: ByteRange): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return a.start - b.start;
}
