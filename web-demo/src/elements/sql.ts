import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';

import type { NinzuError } from 'ninzu/worker';
import type { SqlRow } from 'ninzu/sql/worker';

import { save } from '../model/export';
import { cohortTable, rowsCsv } from '../model/statements';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { SessionElement } from './session-element';

/** So many rows are shown; files have all. */
const SHOWN = 200;

interface Found {
  statement: string;
  rows: SqlRow[];
  milliseconds: number;
}

/** Statements in SQL over the release's tables and answers. */
export class NinzuSql extends SessionElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: grid;
        gap: 8px;
      }
      p {
        max-inline-size: 68ch;
      }
      textarea {
        inline-size: 100%;
        min-block-size: 6.5rem;
        padding: 8px 12px;
        border: 1px solid var(--_field);
        border-radius: var(--_radius);
        background: var(--_surface);
        font: 0.875rem/1.6 var(--_mono);
        resize: vertical;
        field-sizing: content;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        min-block-size: 32px;
      }
      .line > :last-child:not(button) {
        margin-inline-start: auto;
      }
      .error {
        color: var(--_exclude);
        overflow-wrap: anywhere;
      }
      .scroll {
        max-block-size: 24rem;
        overflow: auto;
      }
      .stale {
        opacity: 0.6;
      }
      .scroll table {
        inline-size: auto;
        min-inline-size: 100%;
      }
      th,
      td {
        padding: 4px 16px 4px 0;
        border-block-end: 1px solid var(--_line);
        white-space: nowrap;
      }
      th {
        position: sticky;
        inset-block-start: 0;
        background: var(--_surface);
        font: 0.8125rem/1.6 var(--_mono);
        color: var(--_muted);
      }
      th.number {
        text-align: end;
      }
      @media print {
        .line,
        p {
          display: none;
        }
      }
    `,
  ];

  /** What was typed; until then the statement follows the cohort. */
  @state() private typed: string | undefined;
  @state() private doing: 'loading' | 'running' | undefined;
  @state() private found: Found | undefined;
  @state() private error: NinzuError | undefined;
  @query('textarea') private readonly area!: HTMLTextAreaElement;
  #run = 0;

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    // Another release has other rows.
    if (this.found && this.session.description === undefined) this.#forget();
  }

  get statement(): string {
    return this.typed ?? this.#ofCohort();
  }

  override render(): TemplateResult {
    const { ui, doing, error } = this;
    const { t } = ui;
    const example = (key: string, says: string, statement: string | undefined): TemplateResult =>
      html`<button class="quiet" data-key="sql-${key}" @click=${() => this.#type(statement)}>${says}</button>`;
    const codes = this.session.description?.dimensions.find((one) => one.kind === 'codes')?.name ?? '';
    return html`
      <p class="small muted" id="why">${t.sqlWhy}</p>
      <textarea
        spellcheck="false"
        autocapitalize="off"
        autocomplete="off"
        aria-label=${t.sqlLabel}
        aria-describedby="why"
        .value=${this.statement}
        @input=${() => (this.typed = this.area.value)}
        @keydown=${this.#key}
      ></textarea>
      <div class="line">
        ${doing
          ? html`<button data-key="sql-stop" @click=${this.#stop}>${t.sqlStop}</button>`
          : html`<button class="main" data-key="sql-run" ?disabled=${this.statement.trim() === ''} @click=${this.#ask}>${t.sqlRun}</button>`}
        ${example('cohort', t.sqlThis, undefined)}
        ${example('tables', t.sqlTables, 'select table_name, column_name, data_type\nfrom information_schema.columns\nwhere table_schema = \'public\'\norder by table_name, ordinal_position')}
        ${codes === '' ? nothing : example('codes', t.sqlCodes, `select code, label_en, label_ja, parent\nfrom dimensions\nwhere dimension = '${codes}'\norder by position`)}
        <span class="small muted" role="status">${doing === 'loading' ? t.sqlLoading : doing === 'running' ? t.sqlRunning : this.#told()}</span>
      </div>
      ${error
        ? html`<p class="error small" role="alert">${visible(error.message)}${error.hint ? html` — ${t.hint(visible(error.hint))}` : nothing}</p>`
        : this.#rows()}
    `;
  }

  #told(): string {
    const { ui, found } = this;
    if (!found || this.error) return '';
    const { rows } = found;
    const all = `${ui.t.sqlRows(ui.n(rows.length), rows.length === 1)}${ui.language === 'ja' ? '、' : ', '}${ui.n(found.milliseconds)} ms`;
    return rows.length > SHOWN ? `${all}${ui.language === 'ja' ? '。' : '; '}${ui.t.sqlShown(ui.n(SHOWN))}` : all;
  }

  #rows(): TemplateResult | typeof nothing {
    const { ui, found } = this;
    if (!found) return nothing;
    const { rows } = found;
    const names = Object.keys(rows[0] ?? {});
    const isNumber = (name: string): boolean => rows.some((row) => typeof row[name] === 'number');
    const numbers = new Set(names.filter(isNumber));
    return html`
      ${rows.length === 0
        ? nothing
        : html`<div class="scroll ${this.doing ? 'stale' : ''}" tabindex="0" role="region" aria-label=${ui.t.sqlResult}>
            <table class="small">
              <thead>
                <tr>${names.map((name) => html`<th scope="col" class=${numbers.has(name) ? 'number' : ''}>${visible(name)}</th>`)}</tr>
              </thead>
              <tbody>
                ${rows.slice(0, SHOWN).map(
                  (row) =>
                    html`<tr>${names.map((name) => html`<td class=${numbers.has(name) ? 'number' : ''}>${row[name] === null ? html`<span class="muted">–</span>` : visible(String(row[name]))}</td>`)}</tr>`,
                )}
              </tbody>
            </table>
          </div>`}
      <div class="line" role="group" aria-label=${ui.t.save}>
        <button data-key="sql-csv" aria-label="${ui.t.save} CSV" @click=${() => save('ninzu.csv', rowsCsv(rows))}>CSV</button>
        <button data-key="sql-parquet" aria-label="${ui.t.save} Parquet" ?disabled=${this.doing !== undefined} @click=${() => this.#save('parquet')}>Parquet</button>
        <button data-key="sql-arrow" aria-label="${ui.t.save} Arrow" ?disabled=${this.doing !== undefined} @click=${() => this.#save('arrow')}>Arrow</button>
      </div>
    `;
  }

  #ofCohort(): string {
    return `select centre, lower, upper, estimate, status\nfrom ${cohortTable(this.session.text)}\norder by upper desc`;
  }

  #type(statement: string | undefined): void {
    this.typed = statement;
    this.#forget();
    this.area.focus();
  }

  #forget(): void {
    this.#run++;
    this.found = this.error = this.doing = undefined;
  }

  #key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#ask();
  }

  readonly #ask = (): Promise<void> => {
    const { statement } = this;
    return this.#do(async () => {
      const began = performance.now();
      const rows = await this.session.sql((release) => {
        this.doing = 'running';
        return release.sql(statement);
      });
      return () => (this.found = { statement, rows, milliseconds: performance.now() - began });
    });
  };

  #save(as: 'parquet' | 'arrow'): Promise<void> {
    const { statement } = this.found!;
    return this.#do(async () => {
      const bytes = await this.session.sql((release) => (as === 'parquet' ? release.sqlParquet(statement) : release.sqlArrow(statement)));
      return () => save(`ninzu.${as === 'parquet' ? 'parquet' : 'arrows'}`, bytes);
    });
  }

  /** One thing after another; what was stopped says nothing. */
  async #do(work: () => Promise<() => void>): Promise<void> {
    if (this.doing) return;
    const run = ++this.#run;
    this.doing = 'loading';
    this.error = undefined;
    try {
      const show = await work();
      if (run === this.#run) show();
    } catch (error) {
      if (run === this.#run) this.error = error as NinzuError;
    } finally {
      if (run === this.#run) this.doing = undefined;
    }
  }

  #stop(): void {
    this.#run++;
    this.doing = undefined;
    this.session.stopSql();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[data-key=sql-run]')?.focus());
  }
}
