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
let crash: NinzuError | undefined;
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
export function fetchModule(options: ModuleOptions): Promise<Bindings> {
  return loadModule(async () => {
    const url = options.wasmUrl ?? new URL('./wasm/ninzu_wasm_bg.wasm', import.meta.url);
    const response = await (options.fetch ?? fetch)(url, options.integrity ? { integrity: options.integrity } : {});
    if (!response.ok) throw new NinzuError('io', `${url} cannot be loaded: ${response.status} ${response.statusText}`.trim());
    // Servers that send another media type are common; compiling from bytes needs none.
    return response.headers.get('content-type') === 'application/wasm' ? response : response.arrayBuffer();
  });
}

/** Calls into the module. A trap leaves it in an unknown state, so it answers nothing afterwards. */
export function call<T>(work: () => T): T {
  if (crash) throw crash;
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
      crash = new NinzuError('crashed', `the module stopped: ${thrown.message}`, {
        hint: 'reload the page; with ninzu/worker only the worker is replaced',
        cause: thrown,
      });
      throw crash;
    }
    throw translated(thrown);
  }
}

/** How many bytes the module's memory has; it never shrinks. 0 before it is loaded. */
export function memoryBytes(): number {
  return memory?.buffer.byteLength ?? 0;
}
