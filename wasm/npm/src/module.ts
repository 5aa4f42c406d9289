import init, * as bindings from './wasm/ninzu_wasm.js';
import { NinzuError, translated } from './error.js';

/** Where the module comes from. */
export interface ModuleOptions {
  /** The address of `ninzu_wasm_bg.wasm`, where a bundler or a portal serves it elsewhere. */
  wasmUrl?: string | URL;
  /** The module's hash, as in `<script integrity>`: the browser refuses any other bytes. */
  integrity?: string;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** The compiled module's functions. */
export type Bindings = typeof bindings;

let loading: Promise<Bindings> | undefined;
let memory: WebAssembly.Memory | undefined;

/** The module, loaded once. After a failure the next call tries again. */
export function loadModule(bytes: () => Promise<BufferSource | Response>): Promise<Bindings> {
  loading ??= bytes()
    .then((source) => init({ module_or_path: source }))
    .then(
      (exports) => {
        memory = exports.memory;
        return bindings;
      },
      (cause: unknown) => {
        loading = undefined;
        throw cause instanceof NinzuError ? cause : new NinzuError('io', `the module cannot be loaded: ${cause}`, { cause });
      },
    );
  return loading;
}

/** The module, by fetch. */
export function fetchModule({ wasmUrl, integrity, fetch }: ModuleOptions): Promise<Bindings> {
  return loadModule(() => fetched(wasmUrl ?? new URL('./wasm/ninzu_wasm_bg.wasm', import.meta.url), integrity, fetch));
}

/** A module's code. */
export async function fetched(url: string | URL, integrity?: string, by = fetch): Promise<BufferSource | Response> {
  const response = await by(url, integrity ? { integrity } : {});
  if (!response.ok) throw new NinzuError('io', `${url} cannot be loaded: ${response.status} ${response.statusText}`.trim());
  // Servers that send another media type are common; compiling from bytes needs none.
  return response.headers.get('content-type') === 'application/wasm' ? response : response.arrayBuffer();
}

/** Calls into a module. */
export type Call = <T>(work: () => T) => T;

/** How a module is called. A trap leaves it in an unknown state, so it answers nothing afterwards. */
export function caller(name: string): Call {
  let crash: NinzuError | undefined;
  return (work) => {
    if (crash) throw crash;
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
        crash = new NinzuError('crashed', `${name} stopped: ${thrown.message}`, {
          hint: 'reload the page; with ninzu/worker only the worker is replaced',
          cause: thrown,
        });
        throw crash;
      }
      throw translated(thrown);
    }
  };
}

/** Calls into the module. */
export const call: Call = /* @__PURE__ */ caller('the module');

/** How many bytes the module's memory has; it never shrinks. 0 before it is loaded. */
export function memoryBytes(): number {
  return memory?.buffer.byteLength ?? 0;
}
