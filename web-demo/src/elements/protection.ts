import { css, html, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';

import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { SessionElement } from './session-element';

/** In plain words: what was published, what cannot be learnt from it, what the limits are. */
export class NinzuProtection extends SessionElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: grid;
        gap: 16px;
      }
      h3 {
        padding-block-end: 4px;
        font-size: 1rem;
      }
      p {
        max-inline-size: 65ch;
        padding-block-end: 4px;
      }
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 4px 16px;
      }
      dt {
        color: var(--_muted);
      }
      dd {
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }
      code {
        font: 0.8125rem/1.6 var(--_mono);
      }
      .verify {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
        padding-block-start: 12px;
      }
    `,
  ];

  @state() private checking = false;

  override render(): TemplateResult | typeof nothing {
    const { session, ui } = this;
    const { description } = session;
    if (!description) return nothing;
    const { policy, protection, centres } = description;
    const t = ui.t.protection;
    const dimension = (name: string): string => {
      const found = description.dimensions.find((one) => one.name === name);
      return found ? ui.label(found.label) : name;
    };
    return html`
      <section>
        <h3>${t.published}</h3>
        <p>${t.publishedText(policy && policy.base > 1 ? ui.n(policy.base) : undefined)}</p>
        ${policy ? html`<p>${t.small(ui.n(policy.threshold))}${ui.language === 'ja' ? '' : ' '}${t.decoys}</p>` : nothing}
      </section>
      <section>
        <h3>${t.cannot}</h3>
        <p>${!policy ? t.cannotImported(visible(protection.by)) : protection.audited ? t.cannotText(ui.n(policy.threshold)) : t.notAudited}</p>
      </section>
      ${session.signature || (policy && protection.audited)
        ? html`<section>
            <h3>${t.who}</h3>
            <p>${session.signature ? t.whoSigned(session.signature.name, session.signature.key) : t.whoWord}</p>
          </section>`
        : nothing}
      <section>
        <h3>${t.limits}</h3>
        <p>${t.limitsText}</p>
      </section>
      <section>
        <h3>${t.device}</h3>
        <p>${session.isLocal ? ui.t.localWhy : t.deviceText}</p>
      </section>
      <section>
        <h3>${t.id}</h3>
        <dl>
          <dt>ID</dt>
          <dd><code>${description.id}</code></dd>
          ${description.reference_date ? html`<dt>${t.date}</dt><dd>${visible(description.reference_date)}</dd>` : nothing}
          ${policy
            ? html`<dt>${t.threshold}</dt>
                <dd>${ui.people(ui.n(policy.threshold))}</dd>
                <dt>${t.base}</dt>
                <dd>${ui.people(ui.n(policy.base))}</dd>`
            : nothing}
          ${centres.map(
            (centre) =>
              html`<dt>${visible(centre.name)}</dt>
                <dd>${ui.label(centre.label)}<span class="muted small"> · ${t.collects} ${centre.collects.map(dimension).join(ui.language === 'ja' ? '、' : ', ')}</span></dd>`,
          )}
        </dl>
        <div class="verify">
          <button ?disabled=${this.checking} @click=${this.#verify}>${this.checking ? t.verifying : t.verify}</button>
          <span role="status">${session.verified === undefined ? '' : t.verified(ui.n(session.verified))}</span>
        </div>
      </section>
    `;
  }

  async #verify(): Promise<void> {
    this.checking = true;
    try {
      await this.session.verify();
    } catch (error) {
      this.session.distrust(error);
    } finally {
      this.checking = false;
    }
  }
}
