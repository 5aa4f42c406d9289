import { css, html, LitElement, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';

import type { Status } from 'ninzu/worker';

import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { languageOf, Localizer } from '../text/localizer';
import { hatching, mark, markStyles } from '../view/interval';

/** One interval mark with its words, for other pages: `<ninzu-mark lower="120" upper="139" estimate="128" max="200">`. */
export class NinzuMark extends LitElement {
  static override styles = [
    tokens,
    base,
    markStyles,
    css`
      :host {
        display: inline-block;
        inline-size: 12rem;
      }
    `,
  ];

  @property({ type: Number }) lower = 0;
  @property({ type: Number }) upper: number | undefined;
  @property({ type: Number }) estimate: number | undefined;
  /** The end of the scale; the upper bound if there is none. */
  @property({ type: Number }) max: number | undefined;
  @property() status: Status = 'bounded';

  override render(): TemplateResult {
    const { lower, status, max } = this;
    const count = { lower, upper: this.upper ?? null, estimate: this.estimate ?? null, status };
    const words = new Localizer(languageOf(this.closest<HTMLElement>('[lang]')?.lang ?? document.documentElement.lang)).spoken(count);
    return html`${hatching()}<span role="img" aria-label=${words}>${mark(count, max ?? this.upper ?? lower * 1.25)}</span>`;
  }
}
