import { css, html, nothing, type TemplateResult } from 'lit';

import type { Explanation } from 'ninzu/worker';

import type { Session } from '../model/session';
import { withoutBy } from '../model/session';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { SessionElement } from './session-element';

/** Why the range is what it is: how it is computed, and the published rows it rests on. */
export class NinzuWhy extends SessionElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: block;
      }
      p {
        max-inline-size: 68ch;
        padding-block-end: 8px;
      }
      th,
      td {
        padding: 4px 16px 4px 0;
        border-block-start: 1px solid var(--_line);
        vertical-align: top;
      }
      .scroll {
        position: relative;
        overflow-x: auto;
      }
      h3 {
        padding-block: 8px;
      }
    `,
  ];

  protected override subscribe(session: Session): () => void {
    return session.subscribe<Explanation>({ key: 'why', order: 30, ask: (release, query, how) => release.explain(withoutBy(query), how) });
  }

  override render(): TemplateResult {
    const { session, ui } = this;
    const { answer, description } = session;
    const explanation = session.value<Explanation>('why');
    if (!explanation || !answer) return html`<p class="muted">${ui.t.counting}</p>`;
    const { t } = ui;
    const path = explanation.path === 'program' ? t.whyPath.program(ui.n(explanation.unknowns ?? 0)) : t.whyPath[explanation.path];
    const base = description?.policy?.base;
    const { records, sharp, status } = answer.answer;
    return html`
      <p>${path} ${sharp ? t.whySharp : t.whyNotSharp}</p>
      ${base && base > 1 ? html`<p>${t.whyBucket(ui.n(base))}</p>` : nothing}
      ${records.estimate !== null && status !== 'exact' ? html`<p>${t.whyEstimate}</p>` : nothing}
      <h3>${t.whyBasis}</h3>
      <div class="scroll" tabindex="0" role="region" aria-label=${t.whyBasis}>
        <table class="small">
          <thead>
            <tr>
              <th scope="col">${t.whyTable}</th>
              <th scope="col">${t.whyCodes}</th>
              <th scope="col">${t.whyMargin}</th>
              <th scope="col" class="number">${t.whyRows}</th>
            </tr>
          </thead>
          <tbody>
            ${explanation.basis.map(
              (one) =>
                html`<tr>
                  <td>${visible(one.table)}</td>
                  <td>${visible(one.codes.join(', '))}</td>
                  <td>${one.margin.length > 0 ? one.margin.map((name) => ui.dimension(name)).join(' × ') : explanation.path === 'direct' ? t.whyTotal : t.whyEverything}</td>
                  <td class="number">${ui.n(one.rows)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    `;
  }
}
