// The cohort in the page's address. It stands after the #, which no browser sends to a server.

/** What a link says. */
export interface Linked {
  /** The cohort as text. */
  text?: string;
  /** The release that it was made with: the start of its id. */
  release?: string;
}

/** What the address says under a key. */
export function readLink(key: string, hash = location.hash): Linked {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const text = parts.get(key);
  const release = parts.get(`${key}.release`);
  return { ...(text !== null && { text }), ...(release !== null && { release }) };
}

/** The address with a cohort in it. What else it says stays. */
export function linkTo(key: string, { text, release }: Linked, address = location.href): string {
  const url = new URL(address);
  const parts = new URLSearchParams(url.hash.replace(/^#/, ''));
  const set = (name: string, value: string | undefined): void => (value ? parts.set(name, value) : parts.delete(name));
  set(key, text === 'everyone' ? undefined : text);
  set(`${key}.release`, text === 'everyone' ? undefined : release?.slice(0, 12));
  url.hash = parts.toString();
  return url.href.replace(/#$/, '');
}
