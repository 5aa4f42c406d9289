import { css, html, nothing, type TemplateResult } from 'lit';

import type { Answer, NinzuError } from 'ninzu/worker';

import { remarksOf } from '../model/remarks';
import { placed, suggestions } from '../model/suggest';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { hatching, mark, marked, markStyles, named, pieces } from '../view/interval';
import { SessionElement } from './session-element';

/** How many people match: the headline in words, different people, and each centre. */
export class NinzuAnswer extends SessionElement {
  static override styles = [
    tokens,
    base,
    markStyles,
    css`
      :host {
        display: block;
      }
      .headline {
        min-block-size: 3rem;
        font-size: 1.125rem;
        line-height: 1.3;
      }
      .headline strong {
        font-size: clamp(1.75rem, 1.2rem + 2.4cqi, 2.5rem);
        font-weight: 600;
        letter-spacing: -0.01em;
      }
      .headline span {
        display: inline-block;
      }
      .problem .headline {
        min-block-size: 0;
        font-size: clamp(1.25rem, 1rem + 1.2cqi, 1.625rem);
        font-weight: 600;
        overflow-wrap: break-word;
      }
      code {
        padding-inline: 0.2em;
        border-radius: 4px;
        background: var(--_exclude-soft);
        font: 0.95em var(--_mono);
      }
      .asked {
        max-block-size: 12em;
        margin-block: 8px;
        padding: 8px 12px;
        border-inline-start: 3px solid var(--_exclude);
        background: var(--_exclude-soft);
        font: 0.875rem/1.6 var(--_mono);
        white-space: pre-wrap;
        overflow: auto;
        overflow-wrap: break-word;
      }
      mark {
        border-block-end: 2px solid var(--_exclude);
        background: none;
        color: inherit;
      }
      .remark {
        margin-block: 4px;
        padding-inline-start: 12px;
        border-inline-start: 3px solid var(--_accent);
        font-size: 0.875rem;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-block-start: 12px;
      }
      progress {
        inline-size: 100%;
        block-size: 6px;
        accent-color: var(--_accent);
      }
      .bar {
        display: grid;
        grid-template-columns: 1fr auto;
        align-items: center;
        gap: 16px;
        margin-block: 8px;
      }
      .bar svg.mark {
        block-size: 20px;
      }
      .about {
        min-inline-size: 7rem;
        text-align: end;
        white-space: nowrap;
      }
      details {
        font-size: 0.875rem;
      }
      summary {
        inline-size: fit-content;
        min-block-size: 24px;
        cursor: pointer;
      }
      details p {
        max-inline-size: 60ch;
        padding-block: 4px;
        color: var(--_muted);
      }
      .centres {
        margin-block-start: 24px;
      }
      .centres caption {
        padding-block-end: 8px;
        font-weight: 600;
        text-align: start;
      }
      .centres th,
      .centres td {
        padding: 4px 0;
        border-block-start: 1px solid var(--_line);
        vertical-align: middle;
      }
      .centres th {
        inline-size: 40%;
        padding-inline-end: 16px;
      }
      .centres .label {
        color: var(--_muted);
      }
      @container (max-width: 480px) {
        .about {
          min-inline-size: 0;
        }
        .centres .label {
          display: block;
          line-height: 1.3;
        }
      }
      .stale {
        opacity: 0.6;
        transition: opacity var(--_motion) 150ms;
      }
      @media print {
        summary {
          display: block;
        }
      }
    `,
  ];

  override render(): TemplateResult {
    const { session, ui } = this;
    const { answer, problem } = session;
    if (problem) return this.#problem(problem);
    const spoken = answer && session.isFresh('answer') ? ui.spoken({ ...answer.answer.records, status: answer.answer.status }) : '';
    return html`
      ${hatching()}
      <div class="unseen" role="status" aria-live="polite">${spoken}</div>
      ${answer ? this.#answered(answer) : this.#waiting()}
    `;
  }

  #waiting(): TemplateResult {
    const { session, ui } = this;
    return html`<p class="headline muted">${ui.t.counting}</p>
      ${session.isSlow
        ? html`<progress aria-label=${ui.t.counting}></progress>
            <div class="buttons"><span class="muted">${ui.t.slow}</span><button data-key="stop" @click=${() => session.stop()}>${ui.t.sqlStop}</button></div>`
        : nothing}`;
  }

  /** Why there is no number: what cannot be read, or what went wrong. */
  #problem(problem: NinzuError): TemplateResult {
    const { session, ui } = this;
    const { t } = ui;
    const said = ui.error(problem);
    const isText = session.textError !== undefined;
    const [before, at, after] = placed(session.text, problem.span ?? [0, 0]);
    return html`<div class="problem" part="problem">
      <div role="alert">
        <p class="headline" part="headline">${named(visible(said.message))}</p>
        <p class="muted">${isText ? t.problem.unread : t.problem.unanswered}</p>
      </div>
      ${isText ? html`<p class="asked">${visible(before)}${at ? html`<mark>${visible(at)}</mark>` : nothing}${visible(after)}</p>` : nothing}
      ${said.hint ? html`<p>${named(t.hint(visible(said.hint)))}</p>` : nothing}
      <div class="buttons">
        ${isText
          ? html`${suggestions(problem, session.text).map(
                ({ name, text }) => html`<button class="main" data-key="use" @click=${() => session.setText(text)}>${t.problem.use(visible(name))}</button>`,
              )}
              <button data-key="change-text" @click=${() => this.emit('ninzu-change-text')}>${t.problem.change}</button>`
          : html`<button class="main" data-key="again" @click=${() => session.again()}>${t.problem.again}</button>
              ${session.canUndo ? html`<button data-key="undo" @click=${() => session.undo()}>${t.undo}</button>` : nothing}`}
        <button data-key="ask-everyone" @click=${() => session.setText('everyone')}>${t.problem.everyone}</button>
      </div>
    </div>`;
  }

  #answered(answer: Answer): TemplateResult {
    const { session, ui } = this;
    const { records, status } = answer.answer;
    const count = { ...records, status };
    const [before, main, after] = ui.headline(count);
    return html`
      <div class=${session.isFresh('answer') ? '' : 'stale'} part="answer">
        <p class="headline" part="headline"><span>${before.trim()}</span>${before.endsWith(' ') ? ' ' : ''}<strong>${pieces(main)}</strong>${after.startsWith(' ') ? ' ' : ''}<span>${after.trim()}</span></p>
        <div class="bar" aria-hidden="true">${mark(count, records.upper ?? records.lower * 1.25)}<span class="about">${ui.about(count)}</span></div>
        ${this.#remarks(answer)}
        ${status === 'not_collected'
          ? nothing
          : html`<details>
              <summary>${ui.persons(answer)}</summary>
              <p>${ui.t.personsWhy}</p>
              <p>${ui.t.estimateWhy}</p>
            </details>`}
        ${answer.centres.length > 1 ? this.#centres(answer) : nothing}
      </div>
    `;
  }

  /** What the numbers rest on that is no published count. */
  #remarks(answer: Answer): TemplateResult {
    const { session, ui } = this;
    const { unknown, isLimited } = remarksOf(answer);
    return html`${unknown.map(
        ({ dimension, code, most, near }) =>
          html`<p class="remark">
            ${ui.t.unknownCode(visible(code), ui.dimension(dimension), most === null ? undefined : ui.n(most + 1))}${near.length > 0 ? ` ${ui.t.nearCodes(near.map((one) => visible(one).replaceAll('`', '')))}` : nothing}
          </p>`,
      )}
      ${isLimited ? html`<p class="remark">${ui.t.limited} <button class="quiet" data-key="longer" @click=${() => session.askLonger()}>${ui.t.longer}</button></p>` : nothing}`;
  }

  #centres(answer: Answer): TemplateResult {
    const { session, ui } = this;
    const most = Math.max(1, ...answer.centres.map((one) => one.upper ?? one.lower ?? 0));
    return html`<table class="centres" part="centres">
      <caption>
        ${ui.t.byCentre}
      </caption>
      <thead class="unseen">
        <tr>
          <th scope="col">${ui.t.centre}</th>
          <th scope="col">${ui.t.countOf}</th>
        </tr>
      </thead>
      <tbody>
        ${answer.centres.map((one) => {
          const label = session.description?.centres.find((centre) => centre.name === one.centre)?.label;
          return html`<tr data-centre=${one.centre}>
            <th scope="row">${visible(one.centre)} <span class="label small">${label ? ui.label(label) : ''}</span></th>
            <td>${marked(ui, one, most)}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }
}
