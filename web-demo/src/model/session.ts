// An open release, a cohort, and what is known about it. Elements show a session; they keep nothing of it.
import type { Release as SqlRelease } from 'ninzu/sql/worker';
import {
  NinzuError,
  parse,
  print,
  Release,
  type Answer,
  type ByAnswer,
  type CountOptions,
  type Description,
  type Facet,
  type Files,
  type QueryJson,
  type Signature,
  type UnknownCodes,
} from 'ninzu/worker';

import { Catalogue } from './catalogue';
import { EVERYONE, fromJson, toJson, type Cohort, type Names } from './cohort';
import { eventOf, type NinzuEvents } from './events';
import { History } from './history';
import { Queue } from './queue';
import { Statements } from './statements';
import { CACHE, canKeep } from './storage';

export type Phase = 'empty' | 'opening' | 'open' | 'failed';

/** How a release is opened. */
export interface Opening {
  /** Accept a release without a passed audit. */
  unaudited?: boolean;
  /** Accept only a release that one of these keys signed. */
  trust?: readonly string[];
  /** Keep it for use without a network. */
  offline?: boolean;
}

/** Observes the cohort: a question that is asked again for each one, the most urgent first. */
export interface Observer<T> {
  key: string;
  order: number;
  ask(release: Release, query: QueryJson, how: CountOptions): Promise<T>;
}

/** After so many milliseconds an answer is awaited in words, with a way to stop it; nothing of the question before stands there. */
const SLOW = 700;

/** How much work a question may take whose bounds the reader wants tighter; 1 is usual. */
const MORE = 20;

/** The longest that a question may take, in milliseconds. */
const LONGEST = 60_000;

/** What to do when no answer came. */
const SIMPLER = { hint: 'ask again, or ask something simpler', hintCode: 'hint.simpler' };

/** Names as they stand, before any dictionary is read. */
const AS_WRITTEN: Names = { dimension: (name) => name, value: (_, name) => name };

interface Known {
  value?: unknown;
  /** The cohort that the value is about. */
  of?: Cohort;
  error?: NinzuError;
}

export class Session extends EventTarget {
  phase: Phase = 'empty';
  /** Why the release could not be opened, or stopped being trusted. */
  failure: NinzuError | undefined;
  description: Description | undefined;
  catalogue: Catalogue | undefined;
  /** Who signed the release: one of the keys that are trusted. */
  signature: Signature | undefined;
  /** Whether the release came from this device. */
  isLocal = false;
  /** The cohort as text; what was typed, until it is something else. */
  text = 'everyone';
  /** Why the text that was asked for is no question. As long as it is none, nothing is asked, and nothing is known. */
  textError: NinzuError | undefined;
  /** Whether the answer is long in coming. */
  isSlow = false;
  /** What codes mean that the release does not name; the engine's rule if nothing is said. */
  unknownCodes: UnknownCodes | undefined;
  /** How many bytes were checked in the background. */
  verified: number | undefined;

  #release: Release | undefined;
  /** The answer to the first cohort, which is asked for before anything else. */
  #first: { of: Cohort; answer: Promise<Answer> } | undefined;
  #statements: Statements | undefined;
  #source: { from: string | Files; options: Opening } | undefined;
  #opening = new AbortController();
  #asking = new AbortController();
  #slow: ReturnType<typeof setTimeout> | undefined;
  /** How much work the questions about this cohort may take. */
  #work: number | undefined;
  /** Whether a text is being read, so that the cohort is not yet its. */
  #isReading = false;
  #history = new History<Cohort>(EVERYONE);
  readonly #queue = new Queue();
  readonly #observers = new Map<string, Observer<unknown>>();
  readonly #known = new Map<string, Known>();

  constructor() {
    super();
    this.subscribe<Answer>({
      key: 'answer',
      order: 0,
      ask: (release, query, how) => {
        const first = this.#first?.of === this.cohort ? this.#first.answer : undefined;
        this.#first = undefined;
        return first ?? release.count(query, how);
      },
    });
    this.subscribe<Facet[]>({ key: 'facets', order: 20, ask: (release, query, how) => release.facets(withoutBy(query), how) });
  }

  // The release.

  /** Opens a release, and puts it in the place of the one before. */
  async open(from: string | Files, options: Opening = {}): Promise<void> {
    this.#opening.abort();
    this.#asking.abort();
    clearTimeout(this.#slow);
    const { signal } = (this.#opening = new AbortController());
    const old = this.#release;
    this.#source = { from, options };
    this.#release = undefined;
    this.stopSql();
    this.#statements = undefined;
    this.isLocal = typeof from !== 'string';
    this.phase = 'opening';
    this.failure = this.description = this.catalogue = this.verified = this.signature = undefined;
    this.#known.clear();
    this.#changed();
    try {
      const kept = !this.isLocal && options.offline === true && (await canKeep());
      signal.throwIfAborted();
      const { unaudited = false, trust } = options;
      const release = await Release.open(from, { signal, unaudited, ...(trust && { trust }), ...(kept && { cache: CACHE }) });
      old?.dispose();
      if (signal.aborted) return release.dispose();
      this.#release = release;
      this.signature = release.signature;
      const answer = release.count(asked(this.text), this.#how(signal));
      answer.catch(() => {}); // whoever waits for it hears it
      this.description = await release.describe();
      const { id } = this.description;
      this.#statements = new Statements({ from, id, unaudited, ...(kept && { cache: CACHE }) });
      await this.#start(answer);
      await this.#readCatalogue(release, signal);
      if (kept) await this.#keep(release);
    } catch (error) {
      old?.dispose();
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** The cohort that was asked for before the release was open, and its answers. */
  async #start(answer: Promise<Answer>): Promise<void> {
    try {
      const { text } = this;
      const { cohort, hash } = await this.#read(text, this.#opening.signal);
      this.#history = new History(cohort);
      this.textError = undefined;
      this.#first = { of: cohort, answer: answer.then((first) => (first.hash === hash ? first : this.#open().count(toJson(cohort), this.#how(this.#opening.signal)))) };
    } catch (error) {
      if (!isAboutQuery(error)) throw error;
      this.#history = new History(EVERYONE);
      this.textError = error;
      this.#emit('ninzu-error', { error });
    }
    this.phase = 'open';
    this.#ask();
  }

  /** Tries once more, with other options if there are some. */
  reopen(options: Opening = {}): void {
    if (this.#source) void this.open(this.#source.from, { ...this.#source.options, ...options });
  }

  dispose(): void {
    this.#opening.abort();
    this.#asking.abort();
    clearTimeout(this.#slow);
    this.#release?.dispose();
    this.#release = undefined;
    this.stopSql();
    this.phase = 'empty';
    this.#changed();
  }

  async #readCatalogue(release: Release, signal: AbortSignal): Promise<void> {
    // The first answer needs no dictionary, and must not wait for it.
    await this.settled('answer');
    const catalogue = await Catalogue.read(release, this.description!, signal);
    if (signal.aborted) return;
    this.catalogue = catalogue;
    // Labels in a link become codes, now that they are known.
    const named = fromJson(this.query, catalogue);
    if (JSON.stringify(toJson(named)) !== JSON.stringify(this.query)) this.#history = new History(named);
    this.#changed();
    // What is asked for meanwhile is not to be ended.
    if (!this.#isReading && !this.isFresh('answer')) this.#ask();
  }

  /** Fetches and checks the rest, so that nothing is missing without a network. */
  async #keep(release: Release): Promise<void> {
    await this.settled('facets');
    const verified = await release.verify().catch(() => undefined);
    if (release !== this.#release) return;
    this.verified = verified;
    this.#changed();
  }

  /** Checks every byte of the release. */
  async verify(): Promise<number> {
    this.verified = await this.#open().verify();
    this.#changed();
    return this.verified;
  }

  /** Shows nothing of the release any more. */
  distrust(error: unknown): void {
    this.#fail(error);
  }

  #open(): Release {
    if (!this.#release) throw new NinzuError('disposed', 'no release is open');
    return this.#release;
  }

  #fail(error: unknown): void {
    this.phase = 'failed';
    this.failure = error instanceof NinzuError ? error : new NinzuError('io', String(error));
    this.#changed();
    this.#emit('ninzu-error', { error: this.failure });
  }

  // The cohort.

  get cohort(): Cohort {
    return this.#history.now;
  }

  get query(): QueryJson {
    return toJson(this.cohort);
  }

  /** What keeps the answer from being given: a text that is no question, or an answer that could not be had. */
  get problem(): NinzuError | undefined {
    return this.textError ?? this.errorOf('answer');
  }

  get canUndo(): boolean {
    return this.textError !== undefined || this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  /** Another cohort. Changes with one key after each other are undone at once. */
  edit(next: Cohort, merge?: string): void {
    if (next === this.cohort && !this.textError) return;
    this.#history.push(next, merge);
    this.#moved();
  }

  undo(): void {
    // A text that is no question never was a cohort.
    if (this.textError !== undefined || this.#history.undo()) this.#moved();
  }

  redo(): void {
    if (this.#history.redo()) this.#moved();
  }

  /** The cohort that a text means; what is wrong with it is said with its place. Until it is read, nothing known is about it. */
  async setText(text: string, merge?: string): Promise<boolean> {
    this.text = text;
    if (!this.#release) return true; // it is read when the release is open
    const { signal } = this.#begin();
    this.#isReading = true;
    this.#changed();
    try {
      const { cohort } = await this.#read(text, signal);
      if (signal.aborted || this.text !== text) return false;
      this.textError = undefined;
      this.#history.push(cohort, merge);
      this.#moved(text);
      return true;
    } catch (error) {
      // Another text or cohort is asked for now; but one that was stopped, or took too long, is told.
      if (!(error instanceof NinzuError) || this.text !== text || (signal.aborted && error !== signal.reason)) return false;
      this.textError = error;
      this.#ask();
      this.#emit('ninzu-error', { error });
      return false;
    }
  }

  /** The text of the cohort as it stands. */
  printed(): Promise<string> {
    return print(this.query);
  }

  /** The cohort that a text means, and the hash of its question. */
  async #read(text: string, signal: AbortSignal): Promise<{ cohort: Cohort; hash: string }> {
    const { hash, query } = await this.#open().explain(asked(text), this.#how(signal));
    const names = this.catalogue ?? AS_WRITTEN;
    const cohort = fromJson(await parse(asked(text)), names);
    // Labels that only the engine can tell apart: its own form has codes.
    const again = await this.#open().explain(toJson(cohort), this.#how(signal)).catch(() => undefined);
    return { cohort: again?.hash === hash ? cohort : fromJson(await parse(query), names), hash };
  }

  #moved(text?: string): void {
    const { cohort } = this;
    this.#work = undefined;
    if (text === undefined) {
      this.textError = undefined;
      void this.printed().then((printed) => {
        if (this.cohort !== cohort) return;
        this.text = printed;
        this.#changed();
        this.#emit('ninzu-query', { text: printed, query: toJson(cohort) });
      }, () => {}); // what is wrong with the worker is told with the answer
    } else {
      this.#emit('ninzu-query', { text, query: toJson(cohort) });
    }
    this.#ask();
  }

  // What is known about it.

  get answer(): Answer | undefined {
    return this.value<Answer>('answer');
  }

  /** What a question's latest answer is; of an earlier cohort while it is asked again, unless that takes long. */
  value<T>(key: string): T | undefined {
    if (this.textError) return undefined;
    const known = this.#known.get(key);
    return this.isSlow && (this.#isReading || known?.of !== this.cohort) ? undefined : (known?.value as T | undefined);
  }

  /** Whether a question's answer is that of the cohort. */
  isFresh(key: string): boolean {
    return !this.textError && !this.#isReading && this.#known.get(key)?.of === this.cohort;
  }

  errorOf(key: string): NinzuError | undefined {
    const known = this.#known.get(key);
    return known?.of === this.cohort ? known.error : undefined;
  }

  /** Asks a question for every cohort from now on. Returns what ends that. */
  subscribe<T>(observer: Observer<T>): () => void {
    this.#observers.set(observer.key, observer);
    if (this.#release && !this.textError) void this.#askOne(observer, this.#asking.signal);
    return () => {
      if (this.#observers.get(observer.key) !== observer) return;
      this.#observers.delete(observer.key);
      this.#known.delete(observer.key);
    };
  }

  /** Asks once, in its turn, before what is only observed. */
  once<T>(ask: (release: Release) => Promise<T>): Promise<T> {
    return this.#queue.add(5, () => ask(this.#open()));
  }

  /** Asks in SQL. The first time this fetches a large module. */
  sql<T>(ask: (release: SqlRelease) => Promise<T>): Promise<T> {
    if (!this.#release || !this.#statements) throw new NinzuError('disposed', 'no release is open');
    return this.#statements.ask(ask);
  }

  /** Ends the statement that runs, if there is one. */
  stopSql(): void {
    this.#statements?.stop();
  }

  /** Waits until a question is answered, one way or the other. */
  settled(key: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.isFresh(key) && !this.textError && this.phase !== 'failed') return;
        this.removeEventListener('change', look);
        resolve();
      };
      this.addEventListener('change', look);
      look();
    });
  }

  /** Asks no more for the answer that is long in coming. */
  stop(): void {
    this.#asking.abort(new NinzuError('invalid_query', 'the question was stopped', { code: 'page.stopped', ...SIMPLER }));
  }

  /** Asks the same again. */
  again(): void {
    if (this.textError) void this.setText(this.text);
    else this.#ask();
  }

  #ask(): void {
    const { signal } = this.#begin();
    this.#changed();
    if (!this.#release || this.textError) return;
    for (const observer of this.#observers.values()) void this.#askOne(observer, signal);
  }

  /** How everything about the cohort is asked. */
  #how(signal: AbortSignal): CountOptions {
    const { unknownCodes } = this;
    return { signal, ...(unknownCodes && { unknownCodes }), ...(this.#work !== undefined && { work: this.#work }) };
  }

  /** Asks the same with more work, for bounds that may be tighter. */
  askLonger(): void {
    this.#work = MORE;
    this.#known.clear();
    this.#ask();
  }

  /** Another question is asked from now on. */
  #begin(): AbortController {
    this.#asking.abort();
    clearTimeout(this.#slow);
    this.isSlow = this.#isReading = false;
    const asking = (this.#asking = new AbortController());
    if (this.#release) this.#slow = setTimeout(() => this.#wait(asking), SLOW);
    return asking;
  }

  /** The answer is long in coming. */
  #wait(asking: AbortController): void {
    if (asking.signal.aborted || this.textError || this.isFresh('answer')) return;
    this.isSlow = true;
    this.#changed();
    const seconds = LONGEST / 1000;
    const tooLong = new NinzuError('invalid_query', `no answer came within ${seconds} seconds`, { code: 'page.too_slow', args: { seconds }, ...SIMPLER });
    this.#slow = setTimeout(() => this.isFresh('answer') || asking.abort(tooLong), LONGEST - SLOW);
  }

  async #askOne(observer: Observer<unknown>, signal: AbortSignal): Promise<void> {
    const { cohort } = this;
    const release = this.#open();
    const { key } = observer;
    try {
      if (observer.order > 0) await seen();
      const value = await this.#queue.add(observer.order, () => observer.ask(release, toJson(cohort), this.#how(signal)), signal);
      if (signal.aborted) return;
      this.#known.set(key, { value, of: cohort });
      if (key === 'answer') this.isSlow = false;
      this.#changed();
      if (key === 'answer') this.#emit('ninzu-result', { answer: value as Answer });
    } catch (error) {
      // Another question is asked now; but one that was stopped, or took too long, is told.
      if (signal.aborted && !(signal.reason instanceof NinzuError && cohort === this.cohort)) return;
      const failure = error instanceof NinzuError ? error : new NinzuError('internal', String(error));
      this.#known.set(key, { of: cohort, error: failure });
      if (key === 'answer') this.isSlow = false;
      // Bytes that are not the release's end all trust in it; a network that fails ends one question.
      if (failure.kind === 'tampered' || failure.kind === 'invalid_release') this.#fail(failure);
      else this.#changed();
      if (key === 'answer') this.#emit('ninzu-error', { error: failure });
    }
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  #emit<K extends keyof NinzuEvents>(type: K, detail: NinzuEvents[K]): void {
    this.dispatchEvent(eventOf(type, detail));
  }
}

/** Whether an error is about what was asked, not about the release. */
function isAboutQuery(error: unknown): error is NinzuError {
  return error instanceof NinzuError && (error.kind === 'syntax' || error.kind === 'unknown_name' || error.kind === 'invalid_query');
}

/** What is asked for by a text. */
function asked(text: string): string {
  return text.trim() === '' ? 'everyone' : text;
}

/** The next frame, or a moment where frames are not drawn. */
function seen(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => resolve());
    setTimeout(resolve, 50);
  });
}

/** A query without its breakdown. */
export function withoutBy({ filter }: QueryJson): QueryJson {
  return filter === undefined ? {} : { filter };
}

/** An observer of the parts of a cohort. */
export function parts(key: string, by: readonly string[], order: number): Observer<ByAnswer[]> {
  return { key, order, ask: (release, query, how) => release.breakdown(withoutBy(query), by, how) };
}
