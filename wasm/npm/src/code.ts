import { NinzuError } from './error.js';

/** Where the module comes from. */
export interface ModuleOptions {
  /** The address of `ninzu_wasm_bg.wasm`, where a bundler or a portal serves it elsewhere. */
  wasmUrl?: string | URL;
  /** The module's hash, as in `<script integrity>`: the browser refuses any other bytes. */
  integrity?: string;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** The module's code. */
export function codeOf({ wasmUrl, integrity, fetch }: ModuleOptions): Promise<BufferSource | Response> {
  return fetched(wasmUrl ?? new URL('./wasm/ninzu_wasm_bg.wasm', import.meta.url), integrity, fetch);
}

/** The module, compiled for somebody else, as a worker. */
export async function compiled(options: ModuleOptions): Promise<WebAssembly.Module> {
  const code = await codeOf(options);
  return code instanceof Response ? WebAssembly.compileStreaming(code) : WebAssembly.compile(code);
}

/** A module's code. */
export async function fetched(url: string | URL, integrity?: string, by = fetch): Promise<BufferSource | Response> {
  const response = await by(url, integrity ? { integrity } : {});
  if (!response.ok) throw new NinzuError('io', `${url} cannot be loaded: ${response.status} ${response.statusText}`.trim());
  // Servers that send another media type are common; compiling from bytes needs none.
  return response.headers.get('content-type') === 'application/wasm' ? response : response.arrayBuffer();
}
