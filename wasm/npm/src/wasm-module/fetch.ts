import { failed, type NinzuError, say } from '../error.js';
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

const HINT = say('hint.serve_dist');

/** The compiled module. */
export async function compiled(options: ModuleOptions): Promise<WebAssembly.Module> {
  return fetched(options.wasmUrl ?? new URL('../wasm/ninzu_wasm_bg.wasm', import.meta.url), options);
}

/** A module, fetched and compiled: for all who wait for it, so that nobody's signal ends it. */
export async function fetched(from: string | URL, { integrity, fetch, retries, patience }: ModuleOptions): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === 'undefined') {
    throw failed('unsupported', say('module.none'), say('hint.allow_wasm'));
  }
  const url = absolute(from).href;
  const options = {
    ...(fetch && { fetch }),
    ...(retries !== undefined && { retries }),
    ...(patience !== undefined && { patience }),
    hint: integrity === undefined ? HINT : say('hint.integrity', { first: HINT }),
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
    return failed('unsupported', say('module.forbidden'), say('hint.csp'), cause);
  }
  return failed('io', say('module.other', { url, reason: cause.message }), HINT, cause);
}
