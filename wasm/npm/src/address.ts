import { NinzuError } from './error.js';

/** An address as the page means it: from its base, as for every link and picture of it. A worker has no document, and whole addresses. */
export function absolute(url: string | URL): URL {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(url, base);
  } catch (cause) {
    throw new NinzuError('io', `${JSON.stringify(String(url))} is no address${base === undefined ? '' : ` on the page ${base}`}`, {
      hint: 'give a whole address, as https://example.org/release/',
      cause,
    });
  }
}
