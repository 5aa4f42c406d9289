export { Opening, Reader } from '../wasm/ninzu_wasm.js';
import type { InitInput, Reader } from '../wasm/ninzu_wasm.js';

export class Sql {
  constructor(reader: Reader, memory: number);
  free(): void;
  run(statement: string): boolean;
  needs(): string;
  supply(at: number, bytes: Uint8Array): void;
  rows(): string;
  ipc(): Uint8Array;
  parquet(): Uint8Array;
}

export default function init(options?: { module_or_path: InitInput | Promise<InitInput> }): Promise<unknown>;
