import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

import type { Facet, FacetValue } from 'ninzu/worker';

import { isOnset, type Catalogue, type Code } from '../model/catalogue';
import { find, item } from '../model/cohort';
import { add, fill, remove, slot } from '../model/edit';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { icon } from '../view/icons';
import { hatching, marked, markStyles } from '../view/interval';
import { SessionElement } from './session-element';
import { searchStyles } from './search.styles';

/** How many rows are shown at once: more would be read by nobody, and take longer than a frame. */
const PAGE = 30;

interface Row {
  code: Code;
  depth: number;
}

/** Everything that can be asked, by search or from the top, each with its count among the cohort. */
export class NinzuSearch extends SessionElement {
  static override styles = [tokens, base, markStyles, searchStyles];

  /** The group that codes go into; the sentence if there is none. */
  @property({ attribute: false }) target: number | undefined;

  @state() private typed = '';
  @state() private shown = PAGE;
  @state() private expanded: ReadonlySet<string> = new Set();
  @state() private dimension = '';
  @query('input') private readonly input!: HTMLInputElement;

  #indexed: Catalogue | undefined;
  #facets: Facet[] | undefined;
  #counts: ReadonlyMap<string, FacetValue> = new Map();
  #most: ReadonlyMap<string, number> = new Map();

  /** Puts the cursor into the field. */
  focusField(): void {
    this.input?.focus();
    this.input?.select();
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { catalogue } = this.session;
    if (catalogue !== this.#indexed) {
      this.#indexed = catalogue;
      this.dimension = catalogue?.dimensions.find((one) => one.kind === 'codes')?.name ?? '';
      this.expanded = new Set();
    }
    const facets = this.session.value<Facet[]>('facets');
    if (facets === this.#facets) return;
    this.#facets = facets;
    this.#counts = new Map((facets ?? []).flatMap((facet) => facet.values.map((value) => [`${facet.dimension}\n${value.value}`, value])));
    this.#most = new Map((facets ?? []).map((facet) => [facet.dimension, Math.max(1, ...facet.values.map((value) => value.records.upper ?? 0))]));
  }

  override render(): TemplateResult {
    const { session, ui } = this;
    const { catalogue } = session;
    const target = this.target === undefined ? undefined : find(session.cohort, this.target);
    const isSearch = this.typed.trim() !== '';
    // What nothing is called may be called nearly so.
    const { rows, isNear } = catalogue ? this.#rows(catalogue) : { rows: [], isNear: false };
    const matches = isNear ? 0 : rows.length;
    const left = rows.length - this.shown;
    return html`
      ${hatching()}
      <label class="field">
        ${icon('search')}
        <span class="unseen">${ui.t.search}</span>
        <input
          type="text"
          role="searchbox"
          autocomplete="off"
          spellcheck="false"
          enterkeyhint="search"
          placeholder=${`${ui.t.search}（${ui.t.searchHint}）`.replace(/（(.*)）/, ui.language === 'ja' ? '（$1）' : ': $1')}
          .value=${this.typed}
          @input=${this.#type}
          @keydown=${this.#fieldKey}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      ${target?.kind === 'group'
        ? html`<p class="target small">
            ${ui.t.adding(ui.join(target))}
            <button class="quiet" data-key="target-done" @click=${() => this.emit('ninzu-add-end')}>${ui.t.done}</button>
          </p>`
        : nothing}
      ${catalogue && !isSearch ? this.#dimensions(catalogue) : nothing}
      <p class="unseen" role="status">${isSearch ? `${ui.t.found(ui.n(matches))}${isNear ? ` ${ui.t.near}` : ''}` : ''}</p>
      ${isSearch && matches === 0
        ? html`<p class="none">${isNear ? ui.t.foundNear(this.typed) : ui.t.foundNone(this.typed)} <button class="quiet" @click=${this.#clear}>${ui.t.clearSearch}</button></p>`
        : nothing}
      <ul class=${session.isFresh('facets') ? '' : 'stale'} part="codes" @keydown=${this.#listKey}>
        ${rows.slice(0, this.shown).map((row, i) => this.#row(row, isSearch, i === 0))}
      </ul>
      ${left > 0 ? html`<button class="quiet" @click=${() => (this.shown += 2 * PAGE)}>${ui.t.more(ui.n(Math.min(left, 2 * PAGE)))}</button>` : nothing}
    `;
  }

  #dimensions(catalogue: Catalogue): TemplateResult {
    const codes = catalogue.dimensions.filter((one) => one.kind === 'codes');
    return html`<div class="dimensions">
      ${codes.map(
        (one) =>
          html`<button aria-pressed=${one.name === this.dimension} @click=${() => this.#choose(one.name)}>${this.ui.label(one.label)}</button>`,
      )}
    </div>`;
  }

  #rows(catalogue: Catalogue): { rows: Row[]; isNear: boolean } {
    if (this.typed.trim() !== '') {
      const { codes, isNear } = catalogue.find(this.typed);
      return { rows: codes.map((code) => ({ code, depth: 0 })), isNear };
    }
    const rows: Row[] = [];
    const down = (code: Code, depth: number): void => {
      rows.push({ code, depth });
      if (!this.expanded.has(key(code))) return;
      for (const child of code.children) {
        const below = catalogue.code(code.dimension, child);
        if (below && depth < 12) down(below, depth + 1);
      }
    };
    for (const code of catalogue.get(this.dimension)?.codes ?? []) {
      if (code.parents.length === 0 && !isOnset(code.name)) down(code, 0);
    }
    return { rows, isNear: false };
  }

  #row({ code, depth }: Row, isSearch: boolean, isFirst: boolean): TemplateResult {
    const { ui, session } = this;
    const count = this.#counts.get(key(code));
    const name = ui.code(code);
    const dimension = ui.dimension(code.dimension);
    const above = isSearch ? [dimension, ...(session.catalogue?.above(code).map((up) => ui.label(up.label)) ?? [])].join(' › ') : '';
    const words = `${name}${code.name === name ? '' : ` ${visible(code.name)}`}`;
    const counted = count ? { ...count.records, status: count.status } : undefined;
    const isOpen = this.expanded.has(key(code));
    return html`<li class="d${Math.min(depth, 5)}">
      ${!isSearch && code.children.length > 0
        ? html`<button
            class="icon fold ${isOpen ? 'open' : ''}"
            tabindex="-1"
            aria-expanded=${isOpen}
            aria-label=${isOpen ? ui.t.collapse(name) : ui.t.expand(name)}
            @click=${() => this.#fold(code)}
          >
            ${icon('right')}
          </button>`
        : html`<span class="fold"></span>`}
      <button
        class="code"
        data-code=${code.name}
        tabindex=${isFirst ? 0 : -1}
        @click=${(event: MouseEvent) => this.#add(code, event.shiftKey)}
      >
        <span class="name">${name} ${code.name === name ? nothing : html`<span class="muted small">${visible(code.name)}</span>`}</span>
        ${above ? html`<span class="above muted">${above}</span>` : nothing}
        ${counted ? marked(ui, counted, this.#most.get(code.dimension) ?? 1) : nothing}
        <span class="unseen">${ui.t.addWith('')}</span>
      </button>
      <button class="icon without" tabindex="-1" data-without=${code.name} aria-label=${ui.t.addWithout(words)} title=${ui.t.addWithout(name)} @click=${() => this.#add(code, true)}>
        ${icon('minus')}
      </button>
    </li>`;
  }

  #add(code: Code, not: boolean): void {
    const { session } = this;
    const into = this.target !== undefined && find(session.cohort, this.target) ? this.target : undefined;
    const { cohort, catalogue } = session;
    const filled = slot(cohort, code.dimension);
    if (into === undefined && !not && catalogue?.get(code.dimension)?.kind === 'partition' && filled?.kind !== 'range') {
      // Somebody has one value of a partition: another one is an alternative.
      const values = filled?.kind === 'values' ? filled.values : [];
      session.edit(fill(cohort, code.dimension, [...new Set([...values, code.name])]));
    } else {
      session.edit(add(cohort, item({ kind: 'values', dimension: code.dimension, values: [code.name] }, not), into));
    }
    this.emit('ninzu-added');
  }

  /** Adds the first code that was found; one that is only near must be chosen. */
  #addFirst(not: boolean): void {
    const { rows: [first], isNear } = this.#rows(this.session.catalogue!);
    if (first && !isNear) this.#add(first.code, not);
  }

  #fold(code: Code): void {
    const expanded = new Set(this.expanded);
    if (!expanded.delete(key(code))) expanded.add(key(code));
    this.expanded = expanded;
  }

  #choose(dimension: string): void {
    this.dimension = dimension;
    this.shown = PAGE;
  }

  #type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.shown = PAGE;
  }

  #clear(): void {
    this.typed = '';
    this.focusField();
  }

  #codes(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('button.code')];
  }

  #fieldKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const first = this.#codes()[0];
    if (event.key === 'ArrowDown' && first) first.focus();
    else if (event.key === 'Enter' && this.typed.trim() !== '' && first) this.#addFirst(event.shiftKey);
    else if (event.key === 'Escape' && this.typed !== '') this.typed = '';
    else if (event.key === 'Backspace' && this.typed === '') this.#removeLast();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #listKey(event: KeyboardEvent): void {
    const codes = this.#codes();
    const at = codes.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    const fold = codes[at]!.previousElementSibling as HTMLElement | null;
    const isOpen = fold?.getAttribute('aria-expanded');
    if (event.key === 'ArrowDown') codes[Math.min(at + 1, codes.length - 1)]!.focus();
    else if (event.key === 'ArrowUp') at === 0 ? this.input.focus() : codes[at - 1]!.focus();
    else if (event.key === 'Home') codes[0]!.focus();
    else if (event.key === 'End') codes.at(-1)!.focus();
    else if ((event.key === 'ArrowRight' && isOpen === 'false') || (event.key === 'ArrowLeft' && isOpen === 'true')) fold!.click();
    else if (event.key === 'Enter' && event.shiftKey) codes[at]!.parentElement!.querySelector<HTMLElement>('.without')!.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #removeLast(): void {
    const { session } = this;
    const group = this.target === undefined ? undefined : find(session.cohort, this.target);
    const items = group?.kind === 'group' ? group.items : session.cohort.items;
    const last = items.at(-1);
    if (last) session.edit(remove(session.cohort, last.id));
  }
}

function key(code: Code): string {
  return `${code.dimension}\n${code.name}`;
}
