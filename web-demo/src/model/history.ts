/** What was, and what was undone. */
export class History<T> {
  #past: T[] = [];
  #future: T[] = [];
  #now: T;
  #merge: string | undefined;

  constructor(now: T) {
    this.#now = now;
  }

  get now(): T {
    return this.#now;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** The next state. Changes with one key after each other, such as typing, are undone at once. */
  push(next: T, merge?: string): void {
    if (merge === undefined || merge !== this.#merge) this.#past.push(this.#now);
    this.#merge = merge;
    this.#future = [];
    this.#now = next;
  }

  undo(): boolean {
    return this.#step(this.#past, this.#future);
  }

  redo(): boolean {
    return this.#step(this.#future, this.#past);
  }

  #step(from: T[], to: T[]): boolean {
    if (from.length === 0) return false;
    to.push(this.#now);
    this.#now = from.pop()!;
    this.#merge = undefined;
    return true;
  }
}
