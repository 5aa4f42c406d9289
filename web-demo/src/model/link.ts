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

/** Puts a cohort into the page's address, where pages may change theirs: browsers allow it only so often, and not in every frame. */
export function keepInAddress(key: string, linked: Linked): void {
  if (!hasAddress()) return;
  try {
    history.replaceState(history.state, '', linkTo(key, linked));
  } catch {
    // The address then says what was asked some changes ago; `Copy link` has it right.
  }
}

/** Whether the page has an address that others can open. */
export function hasAddress(): boolean {
  return /^https?:$/.test(location.protocol);
}
