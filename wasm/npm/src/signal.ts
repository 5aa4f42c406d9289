/** A signal that ends when one of two does, and what forgets them. Browsers have had `AbortSignal.any` since 2023 only. */
export function either(one: AbortSignal, other: AbortSignal | undefined): { signal: AbortSignal; forget: () => void } {
  if (!other) return { signal: one, forget: () => {} };
  if (typeof AbortSignal.any === 'function') return { signal: AbortSignal.any([one, other]), forget: () => {} };
  const both = new AbortController();
  const end = (event: Event): void => both.abort((event.target as AbortSignal).reason);
  const forget = (): void => [one, other].forEach((each) => each.removeEventListener('abort', end));
  for (const each of [one, other]) {
    if (each.aborted) both.abort(each.reason);
    else each.addEventListener('abort', end, { once: true });
  }
  return { signal: both.signal, forget };
}

/** What some work brings, unless a signal ends the wait for it; the work goes on for whoever else waits. */
export function until<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
