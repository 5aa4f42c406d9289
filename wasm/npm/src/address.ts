import { failed, say } from './error.js';

/** An address as the page means it: from its base, as for every link and picture of it. A worker has no document, and whole addresses. */
export function absolute(url: string | URL): URL {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(url, base);
  } catch (cause) {
    const named = JSON.stringify(String(url));
    const message = base === undefined ? say('address.none', { url: named }) : say('address.none_on_page', { url: named, page: base });
    throw failed('io', message, say('hint.whole_address'), cause);
  }
}
