import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';

import type { Facet, FacetValue } from 'ninzu/worker';

import { isOnset, type Code, type Dimension } from '../model/catalogue';
import { find, toJson, type Criterion, type Item } from '../model/cohort';
import { change, fill, remove, wrap } from '../model/edit';
import { withoutBy } from '../model/session';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { hatching, marked, markStyles } from '../view/interval';
import { SessionElement } from './session-element';

/** What of the sentence is changed. */
export interface Edited {
  dimension: string;
  name: string;
  /** The item; none if the sentence does not say anything of the dimension yet. */
  id?: number;
}

/** Changes one word of the sentence; each choice has its count among the people that the rest of the sentence describes. */
export class NinzuEditor extends SessionElement {
  static override styles = [
    tokens,
    base,
    markStyles,
    css`
      :host {
        display: grid;
        gap: 8px;
      }
      label,
      .choice {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 8px;
        min-block-size: 32px;
      }
      .detail {
        white-space: nowrap;
      }
      label > span:not(.marked),
      .choice > span:not(.marked) {
        flex: 1 1 6em;
      }
      label.plain {
        flex-wrap: nowrap;
      }
      input {
        inline-size: 18px;
        block-size: 18px;
        margin: 3px;
        accent-color: var(--_accent);
      }
      .marked {
        margin-inline-start: auto;
        grid-template-columns: 3rem calc(var(--_figures, 12) * 1ch);
        font-size: 0.8125rem;
      }
      .choice {
        inline-size: 100%;
        padding: 4px 8px;
        border-color: transparent;
        text-align: start;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 8px;
      }
    `,
  ];

  @property({ attribute: false }) edited!: Edited;
  @state() private counts: ReadonlyMap<string, FacetValue> | undefined;
  #asked = '';

  override render(): TemplateResult | typeof nothing {
    const { session, ui, edited } = this;
    const dimension = session.catalogue?.get(edited.dimension);
    if (!dimension) return nothing;
    const one = edited.id === undefined ? undefined : find(session.cohort, edited.id);
    return html`
      ${hatching()}
      <h3>${edited.name}</h3>
      ${dimension.kind === 'partition' ? this.#values(dimension, one) : one?.kind === 'values' ? this.#codes(one) : nothing}
      <div class="foot">
        ${one && dimension.kind === 'codes' ? html`<button class="quiet" data-key="alternative" @click=${() => this.#alternative(one)}>${ui.t.alternative}</button>` : nothing}
        <span></span>
        <button class="main" data-key="done" @click=${() => this.emit('ninzu-close')}>${ui.t.done}</button>
      </div>
    `;
  }

  #values(dimension: Dimension, one: Item | undefined): TemplateResult {
    const { ui, counts } = this;
    const chosen = new Set(valuesOf(dimension, one));
    const most = Math.max(1, ...[...(counts?.values() ?? [])].map((count) => count.records.upper ?? 0));
    return html`<div role="group" aria-label=${ui.label(dimension.label)}>
      ${dimension.codes.map((code) => {
        const count = counts?.get(code.name);
        const [name, detail] = ui.splitLabel(code.label);
        return html`<label>
          <input type="checkbox" value=${code.name} .checked=${chosen.has(code.name)} @change=${() => this.#toggle(dimension, one, chosen, code.name)} />
          <span>${name}${detail ? html` <span class="muted small detail">${detail}</span>` : nothing}</span>
          ${count ? marked(ui, { ...count.records, status: count.status }, most) : html`<span></span>`}
        </label>`;
      })}
    </div>`;
  }

  #toggle(dimension: Dimension, one: Item | undefined, chosen: ReadonlySet<string>, name: string): void {
    const { session } = this;
    const values = dimension.codes.map((code) => code.name).filter((value) => chosen.has(value) !== (value === name));
    if (!one) return session.edit(fill(session.cohort, dimension.name, values));
    if (values.length === 0) return session.edit(remove(session.cohort, one.id));
    session.edit(change(session.cohort, one.id, contentOf(dimension, values)));
  }

  #codes(one: Extract<Item, { kind: 'values' }>): TemplateResult {
    const { session, ui } = this;
    const [first, ...others] = one.values;
    const name = first && isOnset(first) ? first.slice(0, first.lastIndexOf('@')) : (first ?? '');
    const isOne = others.every((value) => value.startsWith(`${name}@`));
    const code = isOne ? session.catalogue?.code(one.dimension, name) : undefined;
    if (!code) return html``;
    const stages = session.catalogue?.stages;
    const chosen = new Set(one.values.filter(isOnset).map((value) => value.slice(value.lastIndexOf('@') + 1)));
    const set = (values: readonly string[]): void => session.edit(change(session.cohort, one.id, { kind: 'values', dimension: one.dimension, values }));
    return html`
      ${code.onsets.length > 0 && stages
        ? html`<details ?open=${chosen.size > 0}>
            <summary>${ui.t.firstRecorded}${ui.language === 'ja' ? '：' : ': '}${chosen.size === 0 ? ui.t.anyTime : [...chosen].map((stage) => ui.value(stages.name, stage)).join(` ${ui.t.or} `)}</summary>
            ${code.onsets.map((stage) => {
              const toggled = code.onsets.filter((other) => chosen.has(other) !== (other === stage));
              return html`<label class="plain">
                <input type="checkbox" value=${stage} .checked=${chosen.has(stage)} @change=${() => set(toggled.length > 0 ? toggled.map((one) => `${name}@${one}`) : [name])} />
                ${ui.value(stages.name, stage)}
              </label>`;
            })}
          </details>`
        : nothing}
      ${this.#relatives(ui.t.wider, session.catalogue!.above(code), set)}
      ${this.#relatives(ui.t.narrower, code.children.flatMap((child) => session.catalogue!.code(code.dimension, child) ?? []), set)}
    `;
  }

  #relatives(title: string, codes: readonly Code[], set: (values: readonly string[]) => void): TemplateResult | typeof nothing {
    const { ui, counts } = this;
    if (codes.length === 0) return nothing;
    const most = Math.max(1, ...codes.map((code) => counts?.get(code.name)?.records.upper ?? 0));
    return html`<div role="group" aria-label=${title}>
      <p class="muted small">${title}</p>
      ${codes.map((code) => {
        const count = counts?.get(code.name);
        return html`<button class="choice" @click=${() => set([code.name])}>
          <span>${ui.label(code.label)} <span class="muted small">${visible(code.name)}</span></span>
          ${count ? marked(ui, { ...count.records, status: count.status }, most) : nothing}
        </button>`;
      })}
    </div>`;
  }

  #alternative(one: Item): void {
    const { session } = this;
    const wrapped = wrap(session.cohort, one.id);
    session.edit(wrapped.cohort);
    this.emit('ninzu-close');
    this.emit('ninzu-add', { into: wrapped.group });
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { session, edited } = this;
    const others = edited.id === undefined ? session.cohort : remove(session.cohort, edited.id);
    const query = withoutBy(toJson(others));
    const key = `${edited.dimension} ${JSON.stringify(query)}`;
    if (key === this.#asked) return;
    this.#asked = key;
    session
      .once((release) => release.facets(query))
      .then((facets: Facet[]) => {
        if (this.#asked !== key) return;
        const values = facets.find((facet) => facet.dimension === edited.dimension)?.values ?? [];
        this.counts = new Map(values.map((value) => [value.value, value]));
      })
      .catch(() => {
        // Choices without counts are still choices; what is wrong is told where the answer is.
        this.counts = undefined;
      });
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('input, summary, button')?.focus();
  }
}

/** The values that an item of a partition names. */
function valuesOf(dimension: Dimension, one: Item | undefined): readonly string[] {
  if (one?.kind === 'values') return one.values;
  if (one?.kind !== 'range') return [];
  const names = dimension.codes.map((code) => code.name).filter((name) => name !== 'unknown');
  const from = one.from === undefined ? 0 : names.indexOf(one.from);
  const to = one.to === undefined ? names.length - 1 : names.indexOf(one.to);
  return names.slice(from, to + 1);
}

/** Some values, as a range where they follow each other. */
function contentOf(dimension: Dimension, values: readonly string[]): Criterion {
  const names = dimension.codes.map((code) => code.name).filter((name) => name !== 'unknown');
  const places = values.map((value) => names.indexOf(value));
  const isRange = dimension.ordered && values.length > 1 && places.every((place, i) => place >= 0 && (i === 0 || place === places[i - 1]! + 1));
  if (isRange) return { kind: 'range', dimension: dimension.name, from: values[0]!, to: values.at(-1)! };
  return { kind: 'values', dimension: dimension.name, values };
}
