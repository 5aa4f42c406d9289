import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';

import { state } from 'lit/decorators.js';

import type { ByAnswer } from 'ninzu/worker';

import type { Dimension } from '../model/catalogue';
import { fill } from '../model/edit';
import { parts, type Session } from '../model/session';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { visible } from '../model/visible';
import { hatching, mark, markStyles, pieces } from '../view/interval';
import { SessionElement } from './session-element';

/** The life-course map: centres by stages of life. A cell narrows the cohort to its stage. */
export class NinzuMap extends SessionElement {
  /** The cell that Tab reaches; arrows move from there. */
  @state() private at: string | undefined;

  static override styles = [
    tokens,
    base,
    markStyles,
    css`
      :host {
        display: block;
      }
      .scroll {
        position: relative;
        overflow-x: auto;
        margin-block-start: 12px;
      }
      table {
        /* Both are measured: see fit(). */
        min-inline-size: var(--_least, 42rem);
        table-layout: fixed;
      }
      col.centre {
        inline-size: var(--_centre, 6rem);
      }
      th,
      td {
        padding: 0;
      }
      thead th {
        padding: 0 2px 8px 4px;
        font-size: 0.75rem;
        line-height: 1.3;
        vertical-align: bottom;
      }
      thead .ages {
        display: block;
        font-weight: 600;
      }
      thead .stage {
        display: block;
        color: var(--_muted);
        font-size: 0.6875rem;
      }
      .short thead .stage {
        display: none;
      }
      tbody th {
        position: sticky;
        inset-inline-start: 0;
        z-index: 1;
        padding: 4px 8px 4px 0;
        background: var(--_surface);
        line-height: 1.25;
      }
      tbody th .label {
        display: block;
        color: var(--_muted);
        font-size: 0.6875rem;
      }
      tbody tr {
        border-block-start: 1px solid var(--_line);
      }
      button {
        display: grid;
        gap: 4px;
        align-content: center;
        inline-size: 100%;
        min-block-size: 44px;
        padding: 4px;
        border-color: transparent;
        border-radius: 4px;
        background: none;
        font-size: 0.6875rem;
        line-height: 1.2;
        text-align: start;
      }
      button:hover:not(:disabled) {
        background: var(--_accent-soft);
      }
      :focus-visible {
        outline-offset: -2px;
      }
      .nothing {
        display: grid;
        grid-template-columns: 1fr auto;
        align-items: center;
        gap: 8px;
        min-block-size: 44px;
        padding: 4px;
        font-size: 0.75rem;
      }
      .dim {
        color: var(--_muted);
      }
      .stale table {
        opacity: 0.6;
        transition: opacity var(--_motion) 150ms;
      }
      .skeleton {
        min-block-size: 22rem;
      }
      @media print {
        .scroll {
          overflow: visible;
        }
        table {
          min-inline-size: 0;
        }
      }
    `,
  ];

  protected override subscribe(session: Session): () => void {
    return session.subscribe({
      key: 'map',
      order: 10,
      ask: async (release, query, how) => {
        const { dimensions } = await release.describe();
        const stages = dimensions.find((one) => one.role === 'life_stage') ?? dimensions.find((one) => one.ordered);
        return stages ? parts('map', ['centre', stages.name], 10).ask(release, query, how) : [];
      },
    });
  }

  override render(): TemplateResult | typeof nothing {
    const { session, ui } = this;
    const cells = session.value<ByAnswer[]>('map');
    const stages = session.catalogue?.stages;
    if (session.problem || cells?.length === 0 || (session.catalogue && !stages)) return nothing;
    const isStale = !session.isFresh('map');
    return html`
      ${hatching()}
      <h2>${ui.t.map}</h2>
      <p class="muted small">${ui.t.mapWhy}</p>
      <div class="scroll ${isStale ? 'stale' : ''}" part="map">
        ${cells && stages ? this.#table(cells, stages) : html`<div class="skeleton" aria-busy="true"></div>`}
      </div>
    `;
  }

  /** The widths change with the font, the letters' size and the place that there is. */
  readonly #watch = new ResizeObserver(() => this.#fit());

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.#watch.disconnect();
    for (const selector of ['.scroll', 'thead .piece']) {
      const one = this.renderRoot.querySelector(selector);
      if (one) this.#watch.observe(one);
    }
    this.#fit();
  }

  /** Makes the columns, which are all as wide, so wide that nothing runs out of its own: with the stages' names, or without, or scrolled. */
  #fit(): void {
    const table = this.renderRoot.querySelector('table');
    const room = table?.parentElement?.clientWidth;
    if (!table || !room) return;
    table.classList.remove('short');
    const widest = (selector: string): number => Math.max(0, ...Array.from(table.querySelectorAll(selector), (one) => one.getBoundingClientRect().width));
    const least = Math.ceil(widest('tbody th .piece')) + 10;
    const usual = Math.max(least, 6 * parseFloat(getComputedStyle(document.documentElement).fontSize));
    const needed = Math.ceil(Math.max(widest('td .piece') + 10, widest('.ages > .piece') + 7));
    const named = Math.max(needed, Math.ceil(widest('.stage > .piece')) + 7);
    const columns = table.querySelectorAll('col').length - 1;
    const ways = [[usual, named], [least, named], [usual, needed], [least, needed]] as const;
    const [centre, column] = ways.find(([centre, column]) => centre + columns * column <= room) ?? [least, named];
    table.classList.toggle('short', column < named);
    table.style.setProperty('--_centre', `${centre}px`);
    table.style.setProperty('--_least', `${centre + columns * column}px`);
  }

  #table(cells: ByAnswer[], stages: Dimension): TemplateResult {
    const { session, ui } = this;
    const centres = session.description?.centres ?? [];
    const at = new Map(cells.map((cell) => [`${cell.key.centre}\n${cell.key[stages.name]}`, cell]));
    const named = stages.codes.filter((code) => code.name !== 'unknown');
    const columns = [...named, ...stages.codes.filter((code) => code.name === 'unknown' && !isEmpty(cells, stages.name, code.name))];
    const nothings = new Set(session.answer?.centres.filter((one) => one.status === 'not_collected').map((one) => one.centre));
    const places = centres.filter((one) => !nothings.has(one.name)).flatMap((one) => columns.map((stage) => `${one.name}\n${stage.name}`));
    if (this.at === undefined || !places.includes(this.at)) this.at = places[0];
    const most = Math.max(1, ...cells.map((cell) => cell.upper ?? 0));
    return html`<table>
      <caption class="unseen">${ui.t.map}</caption>
      <colgroup>
        <col class="centre" />
        ${columns.map(() => html`<col />`)}
      </colgroup>
      <thead>
        <tr>
          <th scope="col"><span class="unseen">${ui.t.centre}</span></th>
          ${columns.map((stage) => {
            const [name, ages] = ui.splitLabel(stage.label);
            return html`<th scope="col" title=${ui.label(stage.label)}>
              <span class="ages">${pieces(ages || name)}</span><span class="stage">${ages ? pieces(name) : ''}</span>
            </th>`;
          })}
        </tr>
      </thead>
      <tbody @keydown=${this.#move}>
        ${centres.map(
          (centre) => html`<tr>
            <th scope="row"><span class="piece">${visible(centre.name)}</span><span class="label">${pieces(ui.label(centre.label))}</span></th>
            ${nothings.has(centre.name)
              ? html`<td colspan=${columns.length}>
                  <span class="nothing">${mark({ lower: null, upper: null, status: 'not_collected' }, 1)}<span class="dim">${ui.t.notCollected}</span></span>
                </td>`
              : nothing}
            ${(nothings.has(centre.name) ? [] : columns).map((stage) => html`<td>${this.#cell(centre.name, stages, stage.name, most, at.get(`${centre.name}\n${stage.name}`))}</td>`)}
          </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #cell(centre: string, stages: Dimension, stage: string, most: number, cell: ByAnswer | undefined): TemplateResult | typeof nothing {
    const { session, ui } = this;
    if (!cell) return nothing;
    const label = ui.value(stages.name, stage);
    const place = `${centre}\n${stage}`;
    const isNobody = cell.upper === 0;
    const isPlain = isNobody || cell.status === 'not_collected' || cell.status === 'below_threshold';
    const about = isPlain ? '' : `, ${ui.about(cell)}`;
    // The name is what is seen, with what one sees it for around it.
    return html`<button
      tabindex=${place === this.at ? 0 : -1}
      title="${visible(centre)}, ${label}: ${ui.spoken(cell)}"
      @focus=${() => (this.at = place)}
      @click=${() => session.edit(fill(session.cohort, stages.name, [stage]))}
    >
      <span class="unseen">${visible(centre)}, ${label}: </span>${mark(cell, most)}<span class=${isPlain ? 'dim' : ''}
        >${isNobody ? html`<span class="unseen">${ui.t.nobody}</span>&nbsp;` : pieces(ui.short(cell))}</span
      ><span class="unseen">${about}; ${ui.t.narrowTo(label)}</span>
    </button>`;
  }

  #move(event: KeyboardEvent): void {
    const cell = (event.target as Element).closest('td');
    const row = cell?.parentElement as HTMLTableRowElement | null | undefined;
    if (!cell || !row) return;
    const buttonAt = (line: Element | null, index: number): HTMLElement | null | undefined => (line as HTMLTableRowElement | null)?.cells[index]?.querySelector('button');
    const across = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    let next = across ? buttonAt(row, cell.cellIndex + across) : undefined;
    const down = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key] as 'nextElementSibling' | undefined;
    // Rows without cells are passed by.
    for (let line = down && row[down]; down && line && !next; line = line[down]) next = buttonAt(line, cell.cellIndex);
    if (!across && !down) return;
    event.preventDefault();
    next?.focus();
  }
}

function isEmpty(cells: ByAnswer[], dimension: string, value: string): boolean {
  return cells.every((cell) => cell.key[dimension] !== value || cell.upper === 0 || cell.status !== 'bounded');
}
