import { css, html, nothing, type TemplateResult } from 'lit';

import type { Answer } from 'ninzu/worker';

import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { hatching, mark, marked, markStyles } from '../view/interval';
import { SessionElement } from './element';

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
        white-space: nowrap;
      }
      .headline span {
        display: inline-block;
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
    const { answer } = session;
    const spoken = answer && session.isFresh('answer') ? ui.spoken({ ...answer.answer.records, status: answer.answer.status }) : '';
    return html`
      ${hatching()}
      <div class="unseen" role="status" aria-live="polite">${spoken}</div>
      ${answer ? this.#answered(answer) : html`<p class="headline muted">${ui.t.counting}</p>`}
    `;
  }

  #answered(answer: Answer): TemplateResult {
    const { session, ui } = this;
    const { records, status } = answer.answer;
    const count = { ...records, status };
    const [before, main, after] = ui.headline(count);
    return html`
      <div class=${session.isFresh('answer') ? '' : 'stale'} part="answer">
        <p class="headline" part="headline"><span>${before.trim()}</span>${before.endsWith(' ') ? ' ' : ''}<strong>${main}</strong>${after.startsWith(' ') ? ' ' : ''}<span>${after.trim()}</span></p>
        <div class="bar" aria-hidden="true">${mark(count, records.upper ?? records.lower * 1.25)}<span class="about">${ui.about(count)}</span></div>
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
            <th scope="row">${one.centre} <span class="label small">${label ? ui.label(label) : ''}</span></th>
            <td>${marked(ui, one, most)}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }
}
