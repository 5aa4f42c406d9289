import { NinzuError } from '../error.js';
import { absolute } from '../address.js';
import { isPage, pageInstead, requested, type Arriving, type FetchOptions } from '../host/request.js';

/** Where the module comes from. */
export interface ModuleOptions extends FetchOptions {
  /** The address of `ninzu_wasm_bg.wasm`, where a bundler or a portal serves it elsewhere. */
  wasmUrl?: string | URL;
  /** The module's hash, as in `<script integrity>`: the browser refuses any other bytes. */
  integrity?: string;
}

/** The most bytes that a module may have. */
const MOST = 256 * 1024 * 1024;

const HINT =
  "serve the package's `dist/` folder as it is and say where the module is with `wasmUrl` (`sqlUrl` for that of SQL); " +
  "`vite dev` before Vite 8 finds it with `optimizeDeps: { exclude: ['ninzu'] }`";

/** The compiled module. */
export async function compiled(options: ModuleOptions): Promise<WebAssembly.Module> {
  return fetched(options.wasmUrl ?? new URL('../wasm/ninzu_wasm_bg.wasm', import.meta.url), options);
}

/** A module, fetched and compiled: for all who wait for it, so that nobody's signal ends it. */
export async function fetched(from: string | URL, { integrity, fetch, retries, patience }: ModuleOptions): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === 'undefined') {
    throw new NinzuError('unsupported', 'this browser has no WebAssembly', { hint: 'modes that lock a browser down switch it off: allow it for this site' });
  }
  const url = absolute(from).href;
  const options = {
    ...(fetch && { fetch }),
    ...(retries !== undefined && { retries }),
    ...(patience !== undefined && { patience }),
    hint: integrity === undefined ? HINT : `${HINT}; and it must have the hash that \`integrity\` names`,
  };
  return requested(url, integrity === undefined ? {} : { integrity }, options, (arriving) => compile(url, arriving));
}

async function compile(url: string, { response, body, handOver }: Arriving): Promise<WebAssembly.Module> {
  try {
    // Servers that send another media type are common; compiling from bytes needs none.
    if (response.headers.get('content-type') === 'application/wasm') return await WebAssembly.compileStreaming(handOver());
    const bytes = await body(MOST);
    if (isPage(bytes)) throw pageInstead(url, HINT);
    return await WebAssembly.compile(bytes as BufferSource);
  } catch (cause) {
    throw cause instanceof WebAssembly.CompileError ? uncompiled(url, cause) : cause;
  }
}

function uncompiled(url: string, cause: WebAssembly.CompileError): NinzuError {
  if (/content security policy|unsafe-eval|CSP|embedder/i.test(cause.message)) {
    return new NinzuError('unsupported', 'the policy of this page (CSP) forbids WebAssembly', { hint: "allow it with `script-src 'self' 'wasm-unsafe-eval'`", cause });
  }
  return new NinzuError('io', `${url} is not the module: ${cause.message}`, { hint: HINT, cause });
}
