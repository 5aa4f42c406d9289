// Statements in SQL over an open release. Their module, which is large, is fetched for the first one.
import type { Files } from 'ninzu/worker';
import type { Release, SqlRow } from 'ninzu/sql/worker';

import { csvText } from './export';

/** How the same release is opened again. */
export interface Opened {
  from: string | Files;
  /** The id that it must still have. */
  id: string;
  unaudited: boolean;
  /** The name of the Cache storage that it is kept in. */
  cache?: string;
}

/** A release that is asked in SQL, opened when the first statement comes. */
export class Statements {
  readonly #of: Opened;
  #release: Promise<Release> | undefined;

  constructor(of: Opened) {
    this.#of = of;
  }

  /** Asks something; after a failure to open, the next one tries again. */
  async ask<T>(ask: (release: Release) => Promise<T>): Promise<T> {
    const opening = (this.#release ??= this.#open());
    let release: Release;
    try {
      release = await opening;
    } catch (error) {
      if (this.#release === opening) this.#release = undefined;
      throw error;
    }
    return ask(release);
  }

  async #open(): Promise<Release> {
    const { Release } = await import('ninzu/sql/worker');
    const { from, ...options } = this.#of;
    return Release.open(from, options);
  }

  /** Ends the statement that runs, and frees its memory. */
  stop(): void {
    this.#release?.then((release) => release.dispose(), () => {});
    this.#release = undefined;
  }
}

/** Answers to a cohort as a table that SQL knows. */
export function cohortTable(text: string): string {
  return `cohort('${text.replaceAll("'", "''")}')`;
}

/** Rows as a CSV text, their columns first. */
export function rowsCsv(rows: readonly SqlRow[]): string {
  const names = Object.keys(rows[0] ?? {});
  return csvText([names, ...rows.map((row) => names.map((name) => row[name]!))]);
}
