/** The name of the Cache storage in which the engine keeps what it reads. */
export const CACHE = 'ninzu-releases';

/** Whether the browser keeps files for this page; in frames without an origin it does not. */
export async function canKeep(): Promise<boolean> {
  try {
    await caches.open(CACHE);
    return true;
  } catch {
    return false;
  }
}
