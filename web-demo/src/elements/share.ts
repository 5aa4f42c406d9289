import { css, html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';

import type { Answer, ByAnswer } from 'ninzu/worker';

import { csvOf, save } from '../model/export';
import { hasAddress, linkTo } from '../model/link';
import { cohortTable } from '../model/statements';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { SessionElement } from './session-element';

/** Links, citations and files of an answer. */
export class NinzuShare extends SessionElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: block;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
      }
      .said {
        min-inline-size: 6em;
        color: var(--_muted);
      }
      textarea {
        inline-size: 100%;
        min-block-size: 5rem;
        margin-block-start: 8px;
        padding: 8px;
        border: 1px solid var(--_field);
        border-radius: var(--_radius);
        background: var(--_surface);
        font-size: 0.875rem;
      }
      .paper {
        display: none;
      }
      @media print {
        .buttons,
        textarea {
          display: none;
        }
        .paper {
          display: block;
          overflow-wrap: anywhere;
        }
      }
    `,
  ];

  /** The key of the cohort in the page's address; nothing if it is not kept there. */
  @property() linked: string | undefined;
  @state() private said = '';
  @state() private byHand = '';
  @state() private isLoading = false;
  #clearing: number | undefined;

  override render(): TemplateResult | typeof nothing {
    const { session, ui } = this;
    const { t } = ui;
    const isReady = session.answer !== undefined && session.isFresh('answer');
    return html`
      <div class="buttons" role="group" aria-label=${t.share} part="share">
        ${this.linked === undefined || session.isLocal || !hasAddress()
          ? nothing
          : html`<button data-key="copy-link" ?disabled=${!isReady} @click=${() => this.#copy(this.link())}>${t.copyLink}</button>`}
        <button data-key="copy-citation" ?disabled=${!isReady} @click=${() => this.#copy(this.citation())}>${t.copyCitation}</button>
        <button data-key="save-csv" aria-label="${t.save} ${t.saveCsv}" ?disabled=${!isReady} @click=${this.#csv}>${t.saveCsv}</button>
        <button data-key="save-json" aria-label="${t.save} ${t.saveJson}" ?disabled=${!isReady} @click=${this.#json}>${t.saveJson}</button>
        <button data-key="save-parquet" aria-label="${t.save} ${t.saveParquet}" ?disabled=${!isReady || this.isLoading} @click=${this.#parquet}>${t.saveParquet}</button>
        <button data-key="print" @click=${() => print()}>${t.print}</button>
        <span class="said small" role="status">${this.said}</span>
      </div>
      ${isReady ? html`<p class="paper small">${this.citation()}</p>` : nothing}
      ${this.byHand ? html`<textarea readonly aria-label=${t.copyFailed} .value=${this.byHand}></textarea>` : nothing}
    `;
  }

  /** The address that shows this cohort. */
  link(): string {
    const { session } = this;
    return linkTo(this.linked || 'q', { text: session.text, ...(session.description && { release: session.description.id }) });
  }

  /** What to write where the number is used. */
  citation(): string {
    const { session, ui } = this;
    const answer = session.answer!;
    const count = { ...answer.answer.records, status: answer.answer.status };
    const title = session.description ? ui.label(session.description.title) : '';
    return ui.t.citation({
      title,
      release: answer.release,
      query: answer.query,
      hash: answer.hash,
      answer: ui.headline(count).join('').trim() + (ui.about(count) ? `${ui.language === 'ja' ? '、' : ', '}${ui.about(count)}` : ''),
      day: ui.day(new Date()),
      link: this.linked === undefined || session.isLocal || !hasAddress() ? '' : this.link(),
    });
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.byHand = '';
      this.#say(this.ui.t.copied);
    } catch {
      this.byHand = text;
      this.#say(this.ui.t.copyFailed);
    }
  }

  #csv(): void {
    const answer = this.session.answer as Answer;
    const parts = this.session.value<ByAnswer[]>('map') ?? [];
    const names = parts[0] ? Object.keys(parts[0].key) : ['centre'];
    save(`${name(answer)}.csv`, csvOf(answer, parts, names));
    this.#say(this.ui.t.saved);
  }

  #json(): void {
    const answer = this.session.answer as Answer;
    save(`${name(answer)}.json`, `${JSON.stringify(answer, null, 2)}\n`);
    this.#say(this.ui.t.saved);
  }

  /** The answer of each centre. The SQL engine writes it. */
  async #parquet(): Promise<void> {
    const answer = this.session.answer as Answer;
    this.isLoading = true;
    this.#say(this.ui.t.sqlLoading, false);
    try {
      const bytes = await this.session.sql((release) => release.sqlParquet(`select * from ${cohortTable(answer.query)}`));
      save(`${name(answer)}.parquet`, bytes);
      this.#say(this.ui.t.saved);
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    } finally {
      this.isLoading = false;
    }
  }

  #say(text: string, briefly = true): void {
    this.said = text;
    clearTimeout(this.#clearing);
    if (briefly) this.#clearing = setTimeout(() => (this.said = ''), 4000);
  }
}

/** The name of a file with an answer. */
export function name(answer: Answer): string {
  return `ninzu-${answer.hash.slice(0, 8)}`;
}
