import init, * as bindings from '../wasm/ninzu_wasm.js';
import { compiled, type ModuleOptions } from './fetch.js';
import { NinzuError, reasonOf } from '../error.js';
import { translated } from './failure.js';

/** The compiled module's functions. */
export type Bindings = typeof bindings;

let loading: Promise<Bindings> | undefined;
let memory: WebAssembly.Memory | undefined;

/** The module, loaded once. After a failure the next call tries again. */
export function loadModule(code: () => Promise<BufferSource | WebAssembly.Module>): Promise<Bindings> {
  loading ??= code()
    .then((source) => init({ module_or_path: source }))
    .then(
      (exports) => {
        memory = exports.memory;
        return bindings;
      },
      (cause: unknown) => {
        loading = undefined;
        throw unloaded('the module', cause);
      },
    );
  return loading;
}

/** Why a module is not there. */
export function unloaded(what: string, cause: unknown): NinzuError {
  return cause instanceof NinzuError
    ? cause
    : new NinzuError('io', `${what} cannot be loaded: ${reasonOf(cause)}`, { hint: 'it must be that of this very version of ninzu', cause });
}

/** The module, by fetch, or as somebody else compiled it. */
export function fetchModule(options: ModuleOptions, theirs?: Promise<WebAssembly.Module | undefined>): Promise<Bindings> {
  return loadModule(async () => (await theirs) ?? compiled(options));
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
      if (isTrap(thrown)) {
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

/** Traps, and stacks that are used up, which engines of JavaScript tell by different errors. */
function isTrap(thrown: unknown): thrown is Error {
  return thrown instanceof WebAssembly.RuntimeError || (thrown instanceof Error && /call stack|recursion/i.test(thrown.message));
}

/** Calls into the module. */
export const call: Call = /* @__PURE__ */ caller('the module');

/** How many bytes the module's memory has; it never shrinks. 0 before it is loaded. */
export function memoryBytes(): number {
  return memory?.buffer.byteLength ?? 0;
}
