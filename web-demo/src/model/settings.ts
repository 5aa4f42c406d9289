// What a reader chose, kept in the browser where that is allowed: in frames without an origin it is not.

/** What a reader chooses. */
export interface Settings {
  lang?: string | undefined;
  theme?: string | undefined;
}

/** What was kept under a key. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps something; where that is not allowed, it holds until the page is left. */
export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice is in force all the same.
  }
}
