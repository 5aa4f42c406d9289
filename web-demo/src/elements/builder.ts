import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

import type { Dimension } from '../model/catalogue';
import { EVERYONE, find, group, item, needed, type Group, type Item } from '../model/cohort';
import { add, change, remove, slot, turn } from '../model/edit';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { icon } from '../view/icons';
import type { Edited } from './editor';
import { SessionElement } from './session-element';
import { sentenceStyles } from './builder.styles';

/**
 * The cohort as a sentence of which every word can be changed.
 * @fires ninzu-add - where the next code goes: the number of a group, or nothing for the sentence.
 */
export class NinzuBuilder extends SessionElement {
  static override styles = [tokens, base, sentenceStyles];

  /** The group that the next code goes into. */
  @property({ attribute: false }) target: number | undefined;

  @state() private edited: Edited | undefined;
  @query('[popover]') private readonly popover_!: HTMLElement;

  override render(): TemplateResult {
    const { session, ui } = this;
    const { cohort } = session;
    const partitions = session.catalogue?.partitions ?? [];
    const slots = new Set(partitions.map((dimension) => slot(cohort, dimension.name)?.id));
    const rest = cohort.items.filter((one) => !slots.has(one.id));
    const rows = [...rest.filter((one) => !one.not), ...rest.filter((one) => one.not)];
    return html`
      <div class="head">
        <h2>${ui.t.cohort}</h2>
        <span class="space"></span>
        ${cohort.items.length > 0 ? html`<button class="quiet clear" data-key="clear" @click=${() => session.edit({ ...EVERYONE, by: cohort.by })}>${ui.t.clear}</button>` : nothing}
        <button class="quiet icon" data-key="undo" aria-label=${ui.t.undo} title=${ui.t.undo} ?disabled=${!session.canUndo} @click=${() => session.undo()}>
          ${icon('undo')}
        </button>
        <button class="quiet icon" data-key="redo" aria-label=${ui.t.redo} title=${ui.t.redo} ?disabled=${!session.canRedo} @click=${() => session.redo()}>
          ${icon('redo')}
        </button>
      </div>
      ${session.textError ? html`<p class="unread muted">${ui.t.problem.sentence}</p>` : this.#sentence(rows)}
      <div class="actions">
        <button data-key="add" @click=${() => this.emit('ninzu-add')}>${icon('plus')}${ui.t.addCriterion}</button>
        <button data-key="add-group" @click=${this.#addGroup}>${icon('plus')}${ui.t.addGroup}</button>
      </div>
      <div popover class="editor" role="dialog" aria-label=${this.edited?.name ?? ui.t.cohort} @toggle=${this.#toggled}>
        ${this.edited
          ? html`<ninzu-editor .session=${session} .ui=${ui} .edited=${this.edited} @ninzu-close=${() => this.popover_.hidePopover()}></ninzu-editor>`
          : nothing}
      </div>
    `;
  }

  #sentence(rows: readonly Item[]): TemplateResult {
    const { session, ui } = this;
    const [before, after] = ui.t.peopleWho;
    const partitions = session.catalogue?.partitions ?? [];
    return html`<div class="who" part="who">
        <span>${before}</span>
        ${partitions.map((dimension) => this.#slot(dimension, slot(session.cohort, dimension.name)))}
        ${after ? html`<span>${after}</span>` : nothing}
      </div>
      <ul class="rows" part="rows">
        ${rows.map((one, i) => this.#row(one, i > 0 && rows[i - 1]!.not === one.not))}
      </ul>`;
  }

  #slot(dimension: Dimension, filled: Item | undefined): TemplateResult {
    const { ui } = this;
    const name = ui.label(dimension.label);
    const text = filled ? ui.item(filled) : ui.t.any(name);
    return html`<span class="chip ${filled ? 'in' : 'any'}">
      <button
        class="word"
        data-key="slot-${dimension.name}"
        aria-haspopup="dialog"
        aria-label="${name}: ${text}"
        @click=${(event: Event) => this.#edit(event, { dimension: dimension.name, name, ...(filled && { id: filled.id }) })}
        @keydown=${(event: KeyboardEvent) => filled && this.#key(event, filled)}
      >
        ${text}${icon('down')}
      </button>
      ${filled ? this.#close(filled, text) : nothing}
    </span>`;
  }

  #row(one: Item, follows: boolean, isInGroup = false): TemplateResult {
    const { session, ui } = this;
    // In a group only what is excluded is said: its head says the rest.
    const { before, after } = isInGroup && !one.not ? { before: '', after: '' } : ui.around(one);
    const turned = one.not ? ui.t.turnIn : ui.t.turnOut;
    const and = follows ? html`<span class="and">${ui.t.and}</span>` : nothing;
    return html`<li class=${one.not ? 'out' : 'in'}>
      <button
        class="icon sign"
        aria-label="${one.not ? ui.t.exclude : ui.t.include}: ${ui.item(one)}. ${turned}"
        title="${one.not ? ui.t.exclude : ui.t.include}: ${turned}"
        @click=${() => session.edit(turn(session.cohort, one.id))}
      >
        ${icon(one.not ? 'minus' : 'plus')}
      </button>
      <div class="phrase">
        ${and}${before ? html`<span class="with">${before}</span>` : nothing}
        ${one.kind === 'group' ? this.#group(one) : this.#chip(one)}
        ${after ? html`<span class="with">${after}</span>` : nothing}
      </div>
    </li>`;
  }

  #chip(one: Exclude<Item, Group>): TemplateResult {
    const { ui } = this;
    const text = ui.item(one);
    const code = one.kind === 'values' && this.session.catalogue?.get(one.dimension)?.kind === 'codes' && one.values.length === 1 ? one.values[0]!.split('@')[0] : '';
    const edited = { dimension: one.dimension, name: text, id: one.id };
    return html`<span class="chip ${one.not ? 'out' : 'in'}">
      <button
        class="word"
        aria-haspopup="dialog"
        @click=${(event: Event) => this.#edit(event, edited)}
        @keydown=${(event: KeyboardEvent) => this.#key(event, one)}
      >
        ${text}${code && code !== text ? html`<span class="code">${visible(code)}</span>` : nothing}<span class="unseen">${ui.t.changeWhat('')}</span>
      </button>
      ${this.#close(one, text)}
    </span>`;
  }

  #close(one: Item, text: string): TemplateResult {
    const name = this.ui.t.remove(text);
    return html`<button class="icon close" aria-label=${name} title=${name} @click=${() => this.#remove(one)}>${icon('close')}</button>`;
  }

  #group(one: Group & Item): TemplateResult {
    const { ui } = this;
    const least = Math.max(3, one.items.length, one.n);
    const counts = Array.from({ length: least - 1 }, (_, i) => i + 2);
    const isTarget = this.target === one.id;
    return html`<div class="group ${isTarget ? 'target' : ''}" role="group" aria-label=${ui.join(one)}>
      <div class="head">
        <select aria-label=${ui.t.groupJoin} @change=${(event: Event) => this.#join(one, (event.target as HTMLSelectElement).value)}>
          <option value="or" ?selected=${one.join === 'or'}>${ui.t.joins.or}</option>
          <option value="and" ?selected=${one.join === 'and'}>${ui.t.joins.and}</option>
          ${counts.map((n) => html`<option value=${n} ?selected=${one.join === 'at_least' && one.n === n}>${ui.t.joins.at_least(n)}</option>`)}
        </select>
        <span class="space"></span>
        ${this.#close(one, ui.join(one))}
      </div>
      ${one.items.length === 0
        ? html`<p class="muted small">${ui.t.groupEmpty}</p>`
        : html`<ul class="rows">
            ${one.items.map((inner) => this.#row(inner, false, true))}
          </ul>`}
      ${one.join === 'at_least' && one.items.length > 0 && needed(one) < one.n ? html`<p class="muted small">${ui.t.groupShort(one.n)}</p>` : nothing}
      <button class="quiet" data-key="add-to-group" aria-pressed=${isTarget} @click=${() => this.emit('ninzu-add', { into: one.id })}>
        ${icon('plus')}${ui.t.addTo}
      </button>
    </div>`;
  }

  #join(one: Group & Item, value: string): void {
    const { session } = this;
    const join = value === 'or' || value === 'and' ? value : 'at_least';
    session.edit(change(session.cohort, one.id, { kind: 'group', join, n: join === 'at_least' ? Number(value) : one.n, items: one.items }));
  }

  #addGroup(): void {
    const { session } = this;
    const made = item(group('or'));
    session.edit(add(session.cohort, made));
    this.emit('ninzu-add', { into: made.id });
  }

  #remove(one: Item): void {
    this.session.edit(remove(this.session.cohort, one.id));
    // What had the focus is gone: the sentence goes on at its end.
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[data-key=add]')?.focus());
  }

  #key(event: KeyboardEvent, one: Item): void {
    if (event.key !== 'Backspace' && event.key !== 'Delete') return;
    event.preventDefault();
    event.stopPropagation();
    this.#remove(one);
  }

  #edit(event: Event, edited: Edited): void {
    const anchor = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.edited = edited;
    void this.updateComplete.then(() => {
      const { style } = this.popover_;
      const width = Math.min(420, innerWidth - 16);
      style.left = `${Math.max(8, Math.min(anchor.left, innerWidth - width - 8))}px`;
      const below = innerHeight - anchor.bottom;
      const isAbove = below < 280 && anchor.top > below;
      style.top = isAbove ? 'auto' : `${anchor.bottom + 4}px`;
      style.bottom = isAbove ? `${innerHeight - anchor.top + 4}px` : 'auto';
      style.maxHeight = `${Math.max(200, (isAbove ? anchor.top : below) - 16)}px`;
      if (!this.popover_.matches(':popover-open')) this.popover_.showPopover();
    });
  }

  #toggled(event: ToggleEvent): void {
    if (event.newState === 'closed') this.edited = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { edited } = this;
    if (!edited) return;
    // What a slot holds gets another number when it is emptied and filled.
    const { cohort } = this.session;
    if (edited.id !== undefined && find(cohort, edited.id)) return;
    const filled = slot(cohort, edited.dimension);
    if (this.session.catalogue?.get(edited.dimension)?.kind === 'partition') {
      const { id: _, ...rest } = edited;
      this.edited = filled ? { ...rest, id: filled.id } : rest;
    } else if (edited.id !== undefined) {
      this.popover_?.hidePopover();
    }
  }
}
