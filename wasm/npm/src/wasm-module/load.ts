import init, * as bindings from '../wasm/ninzu_wasm.js';
import { compiled, type ModuleOptions } from './fetch.js';
import { failed, NinzuError, type OwnMessage, reasonOf, say } from '../error.js';
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
        throw unloaded(say('module.main'), cause);
      },
    );
  return loading;
}

/** Why a module is not there. */
export function unloaded(module: OwnMessage, cause: unknown): NinzuError {
  return cause instanceof NinzuError
    ? cause
    : failed('io', say('module.unloaded', { module, reason: reasonOf(cause) }), say('hint.this_version'), cause);
}

/** The module, by fetch, or as somebody else compiled it. */
export function fetchModule(options: ModuleOptions, theirs?: Promise<WebAssembly.Module | undefined>): Promise<Bindings> {
  return loadModule(async () => (await theirs) ?? compiled(options));
}

/** Calls into a module. */
export type Call = <T>(work: () => T) => T;

/** How a module is called. A trap leaves it in an unknown state, so it answers nothing afterwards. */
export function caller(module: OwnMessage): Call {
  let crash: NinzuError | undefined;
  return (work) => {
    if (crash) throw crash;
    try {
      return work();
    } catch (thrown) {
      if (isTrap(thrown)) {
        crash = failed('crashed', say('module.stopped', { module, reason: thrown.message }), say('hint.reload'), thrown);
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
export const call: Call = /* @__PURE__ */ caller(/* @__PURE__ */ say('module.main'));

/** How many bytes the module's memory has; it never shrinks. 0 before it is loaded. */
export function memoryBytes(): number {
  return memory?.buffer.byteLength ?? 0;
}
