interface Job {
  order: number;
  run: () => Promise<void>;
}

/** Work that is done one piece after the other, the most urgent first; what nobody wants any more is left out. */
export class Queue {
  #waiting: Job[] = [];
  #busy = false;

  /** Does some work in its turn. Rejects with the signal's reason if it ends first. */
  add<T>(order: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          signal?.throwIfAborted();
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      const after = this.#waiting.findIndex((job) => job.order > order);
      this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, { order, run });
      void this.#go();
    });
  }

  async #go(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) await job.run();
    this.#busy = false;
  }
}
