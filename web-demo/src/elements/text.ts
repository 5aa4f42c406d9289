import { css, html, nothing, type TemplateResult } from 'lit';
import { query } from 'lit/decorators.js';

import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { SessionElement } from './session-element';

/** The cohort as text, which may be changed too; an error is shown where it is. */
export class NinzuText extends SessionElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: block;
      }
      .field {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        margin-block: 8px 4px;
      }
      .field > * {
        grid-area: 1 / 1;
        margin: 0;
        min-block-size: 5rem;
        padding: 8px 12px;
        border: 1px solid var(--_field);
        border-radius: var(--_radius);
        font: 0.875rem/1.6 var(--_mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .under {
        border-color: transparent;
        background: var(--_surface);
        color: transparent;
      }
      mark {
        border-block-end: 2px solid var(--_exclude);
        background: var(--_exclude-soft);
        color: transparent;
      }
      textarea {
        inline-size: 100%;
        background: none;
        resize: none;
        field-sizing: content;
      }
      .error {
        color: var(--_exclude);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
        min-block-size: 2rem;
      }
    `,
  ];

  @query('textarea') private readonly area!: HTMLTextAreaElement;
  #typing: number | undefined;

  override render(): TemplateResult {
    const { session, ui } = this;
    const { text, textError } = session;
    const said = textError && ui.error(textError);
    const span = textError?.span;
    return html`
      <div class="field">
        <div class="under" aria-hidden="true">${span ? html`${text.slice(0, span[0])}<mark>${text.slice(...span) || ' '}</mark>${text.slice(span[1])}` : text}</div>
        <textarea
          spellcheck="false"
          autocapitalize="off"
          autocomplete="off"
          aria-label=${ui.t.textLabel}
          aria-describedby="said"
          aria-invalid=${textError ? 'true' : 'false'}
          .value=${text}
          @input=${this.#type}
          @keydown=${(event: KeyboardEvent) => event.stopPropagation()}
        ></textarea>
      </div>
      <div class="line small" id="said">
        ${said
          ? html`<span class="error" role="alert">${visible(said.message)}${said.hint ? html` — ${ui.t.hint(visible(said.hint))}` : nothing}</span>
              ${span ? html`<button class="quiet" @click=${this.go}>${ui.t.goToError}</button>` : nothing}`
          : html`<span class="muted">${ui.t.textHelp}</span>`}
      </div>
    `;
  }

  #type(): void {
    clearTimeout(this.#typing);
    const { value } = this.area;
    this.session.text = value;
    this.requestUpdate();
    this.#typing = setTimeout(() => void this.session.setText(value, 'typing'), 150);
  }

  /** Goes to what is wrong with the text. */
  go(): void {
    this.area.focus();
    const span = this.session.textError?.span;
    if (span) this.area.setSelectionRange(...span);
  }
}
