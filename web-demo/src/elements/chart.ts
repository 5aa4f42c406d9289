import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';

import type { ByAnswer, Facet } from 'ninzu/worker';

import { parts, type Session } from '../model/session';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import type { Bar } from '../view/bar';
import { hatching, marked, markStyles } from '../view/interval';
import { SessionElement } from './session-element';

/** How many codes a chart shows: those with the most people. */
const MOST = 15;

/** The cohort by the values of a dimension, each in the interval mark, with its table. */
export class NinzuChart extends SessionElement {
  static override styles = [
    tokens,
    base,
    markStyles,
    css`
      :host {
        display: block;
      }
      .by {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      select {
        min-block-size: 32px;
        padding-inline: 8px;
        border: 1px solid var(--_field);
        border-radius: var(--_radius);
        background: var(--_surface);
      }
      .bars {
        min-block-size: 8rem;
        margin-block: 12px;
      }
      th,
      td {
        padding: 4px 0;
        border-block-start: 1px solid var(--_line);
      }
      .bars th {
        inline-size: 40%;
        padding-inline-end: 16px;
      }
      .numbers {
        font-size: 0.875rem;
      }
      .numbers :is(th, td) + :is(th, td) {
        padding-inline-start: 12px;
      }
      .stale {
        opacity: 0.6;
        transition: opacity var(--_motion) 150ms;
      }
      @media print {
        details:not([open]) {
          display: none;
        }
      }
      summary {
        inline-size: fit-content;
        min-block-size: 24px;
        cursor: pointer;
      }
    `,
  ];

  /** The dimension; the first partition if none is named. */
  @property() by = '';
  @state() private subscribed = '';

  /** The dimension that is shown. */
  get dimension(): string {
    return this.by || this.session.catalogue?.partitions[0]?.name || '';
  }

  protected override subscribe(session: Session): (() => void) | undefined {
    const dimension = session.catalogue?.get(this.dimension);
    this.subscribed = dimension ? dimension.name : '';
    if (dimension?.kind !== 'partition') return undefined;
    return session.subscribe(parts(`by ${dimension.name}`, [dimension.name], 15));
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (this.session.catalogue && this.subscribed !== this.dimension) this.resubscribe();
  }

  /** What is shown now; nothing before it is known. */
  bars(): Bar[] | undefined {
    const { session, dimension } = this;
    const found = session.catalogue?.get(dimension);
    if (!found) return undefined;
    if (found.kind === 'partition') {
      return session.value<ByAnswer[]>(`by ${dimension}`)?.map((one) => {
        const name = one.key[dimension] ?? '';
        return { name, label: session.catalogue?.code(dimension, name)?.label ?? { en: name, ja: name }, count: one };
      });
    }
    const values = session.value<Facet[]>('facets')?.find((facet) => facet.dimension === dimension)?.values;
    return values
      ?.map(({ value, label, records, status }) => ({ name: value, label, count: { ...records, status } }))
      .sort((a, b) => (b.count.estimate ?? 0) - (a.count.estimate ?? 0))
      .slice(0, MOST);
  }

  override render(): TemplateResult | typeof nothing {
    const { session, ui, dimension } = this;
    const { catalogue } = session;
    if (!catalogue || session.problem) return nothing;
    const bars = this.bars();
    const isCodes = catalogue.get(dimension)?.kind === 'codes';
    const isFresh = session.isFresh(isCodes ? 'facets' : `by ${dimension}`);
    return html`
      ${hatching()}
      <div class="by">
        <select aria-label=${ui.t.charts} @change=${(event: Event) => (this.by = (event.target as HTMLSelectElement).value)}>
          ${catalogue.dimensions.map((one) => html`<option value=${one.name} ?selected=${one.name === dimension}>${ui.t.by(ui.label(one.label))}</option>`)}
        </select>
        ${isCodes ? html`<span class="muted small">${ui.t.quick}</span>` : nothing}
        <slot></slot>
      </div>
      <div class=${isFresh ? '' : 'stale'} part="chart">${bars ? this.#bars(bars) : html`<p class="bars muted">${ui.t.counting}</p>`}</div>
      ${bars ? this.#table(bars) : nothing}
    `;
  }

  #bars(bars: readonly Bar[]): TemplateResult {
    const { ui } = this;
    const most = Math.max(1, ...bars.map(({ count }) => count.upper ?? count.lower ?? 0));
    return html`<table class="bars">
      <caption class="unseen">${ui.t.by(ui.dimension(this.dimension))}</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">${ui.dimension(this.dimension)}</th>
          <th scope="col">${ui.t.countOf}</th>
        </tr>
      </thead>
      <tbody>
        ${bars.map(
          ({ label, count }) =>
            html`<tr>
              <th scope="row">${ui.label(label)}</th>
              <td>${marked(ui, count, most)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #table(bars: readonly Bar[]): TemplateResult {
    const { ui } = this;
    const number = (n: number | null | undefined): string => (n === null || n === undefined ? '–' : ui.n(n));
    return html`<details>
      <summary>${ui.t.asTable}</summary>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">${ui.dimension(this.dimension)}</th>
            <th scope="col" class="number">${ui.t.lower}</th>
            <th scope="col" class="number">${ui.t.upper}</th>
            <th scope="col" class="number">${ui.t.estimate}</th>
          </tr>
        </thead>
        <tbody>
          ${bars.map(({ label, count }) => {
            const isSaid = count.status === 'not_collected' || count.status === 'below_threshold';
            return html`<tr>
              <th scope="row">${ui.label(label)}</th>
              ${isSaid
                ? html`<td class="number muted" colspan="3">${ui.withUnit(ui.short(count))}</td>`
                : html`<td class="number">${number(count.lower)}</td>
                    <td class="number">${number(count.upper)}</td>
                    <td class="number">${number(count.estimate)}</td>`}
            </tr>`;
          })}
        </tbody>
      </table>
    </details>`;
  }
}
