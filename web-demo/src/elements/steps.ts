import { css, html, type TemplateResult } from 'lit';

import type { Answer, QueryJson } from 'ninzu/worker';

import { toJson, type Cohort, type Item } from '../model/cohort';
import type { Session } from '../model/session';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { icon } from '../view/icons';
import { hatching, marked, markStyles } from '../view/interval';
import { SessionElement } from './session-element';

interface Step {
  /** What was added; nothing for everyone. */
  item: Item | undefined;
  answer: Answer['answer'];
}

/** How each criterion narrows the cohort. */
export class NinzuSteps extends SessionElement {
  static override styles = [
    tokens,
    base,
    markStyles,
    css`
      :host {
        display: block;
      }
      table {
        min-block-size: 6rem;
      }
      th,
      td {
        padding: 6px 0;
        border-block-start: 1px solid var(--_line);
      }
      th {
        inline-size: 45%;
        padding-inline-end: 16px;
      }
      th > span {
        display: grid;
        grid-template-columns: 16px 1fr;
        align-items: baseline;
        gap: 8px;
      }
      th svg {
        color: var(--_accent);
        translate: 0 2px;
      }
      .out svg {
        color: var(--_exclude);
      }
      .stale {
        opacity: 0.6;
      }
    `,
  ];

  protected override subscribe(session: Session): () => void {
    return session.subscribe<Step[]>({
      key: 'steps',
      order: 30,
      ask: async (release, _, how) => {
        const { cohort } = session;
        const steps: Step[] = [];
        for (let n = 0; n <= cohort.items.length; n++) {
          const query = toJson(first(cohort, n)) as QueryJson;
          steps.push({ item: cohort.items[n - 1], answer: (await release.count(query, how)).answer });
        }
        return steps;
      },
    });
  }

  override render(): TemplateResult {
    const { session, ui } = this;
    const steps = session.value<Step[]>('steps');
    if (!steps) return html`<p class="muted">${ui.t.counting}</p>`;
    const most = Math.max(1, ...steps.map((step) => step.answer.records.upper ?? 0));
    return html`
      ${hatching()}
      ${session.cohort.items.length === 0 ? html`<p class="muted small">${ui.t.stepsEmpty}</p>` : ''}
      <table class=${session.isFresh('steps') ? '' : 'stale'}>
        <caption class="unseen">${ui.t.steps}</caption>
        <tbody>
          ${steps.map(
            ({ item, answer }) =>
              html`<tr class=${item?.not ? 'out' : ''}>
                <th scope="row">
                  <span>${item ? icon(item.not ? 'minus' : 'plus') : html`<span></span>`}${item ? ui.itemWords(item) : ui.t.stepsEveryone}</span>
                </th>
                <td>${marked(ui, { ...answer.records, status: answer.status }, most)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    `;
  }
}

function first(cohort: Cohort, n: number): Cohort {
  return { items: cohort.items.slice(0, n), by: [] };
}
