// What stands where an answer would: one sentence, and one thing to do.
import { css, html, nothing, type TemplateResult } from 'lit';
import { query } from 'lit/decorators.js';

import { dropped, type NinzuError } from 'ninzu/worker';

import { unzipped } from '../model/zip';
import { visible } from '../model/visible';
import { base } from '../style/base';
import { tokens } from '../style/tokens';
import { icon } from '../view/icons';
import { SessionElement } from './session-element';

/** Nothing is open yet, it is being opened, or it could not be. */
export class NinzuNotice extends SessionElement {
  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 16px;
        min-block-size: 22rem;
        padding: 32px 16px;
        text-align: center;
      }
      .title {
        max-inline-size: 32rem;
        font-size: 1.25rem;
        line-height: 1.5;
        text-wrap: balance;
      }
      .more {
        max-inline-size: 34rem;
        color: var(--_muted);
        font-size: 0.875rem;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: center;
        gap: 8px;
      }
      button.main {
        min-block-size: 40px;
        padding-inline: 20px;
      }
      progress {
        inline-size: 16rem;
        max-inline-size: 100%;
        block-size: 6px;
        accent-color: var(--_accent);
      }
      details {
        max-inline-size: min(40rem, 100%);
        color: var(--_muted);
        font-size: 0.8125rem;
        overflow-wrap: anywhere;
      }
      summary {
        min-block-size: 24px;
        cursor: pointer;
      }
    `,
  ];

  @query('input.folder') private readonly folder!: HTMLInputElement;
  @query('input.zip') private readonly zip!: HTMLInputElement;

  override render(): TemplateResult | typeof nothing {
    const { session, ui } = this;
    const { states } = ui.t;
    switch (session.phase) {
      case 'open':
        return nothing;
      case 'opening':
        return html`<p class="title" role="status">${states.opening}</p>
          <progress aria-label=${states.opening}></progress>`;
      case 'empty':
        return html`<p class="title">${states.empty.title}</p>
          <div class="buttons">
            <button class="main" data-key="choose-folder" @click=${() => this.folder.click()}>${states.empty.action}</button>
            <button data-key="choose-zip" @click=${() => this.zip.click()}>${states.empty.or}</button>
          </div>
          <p class="more">${states.empty.more}</p>
          <input class="folder" type="file" webkitdirectory hidden @change=${() => this.folder.files?.length && void session.open(this.folder.files)} />
          <input class="zip" type="file" accept=".zip,application/zip" hidden @change=${() => this.zip.files?.[0] && openArchive(session, this.zip.files[0])} />`;
      case 'failed':
        return this.#failed(session.failure!);
    }
  }

  #failed(error: NinzuError): TemplateResult {
    const { session, ui } = this;
    const { states } = ui.t;
    const isUnaudited = error.kind === 'unaudited';
    const said = ui.error(error);
    /** What has no words in the language of the page is in English. */
    const piece = (text: string, own: string): TemplateResult => html`<span lang=${text === own ? 'en' : ui.language}>${visible(text)}</span>`;
    return html`<p class="title" role="alert">${reason(error, states)}</p>
      <button class="main" data-key=${isUnaudited ? 'open-unaudited' : 'retry'} @click=${() => session.reopen(isUnaudited ? { unaudited: true } : {})}>
        ${isUnaudited ? states.unauditedAction : states.retry}
      </button>
      <details ?open=${error.kind === 'unsupported'}>
        <summary>${states.details}</summary>
        <p>${piece(said.message, error.message)}${said.hint ? html` — ${piece(said.hint, error.hint ?? '')}` : nothing}</p>
      </details>`;
  }
}

function reason({ kind }: NinzuError, states: NinzuNotice['ui']['t']['states']): string {
  switch (kind) {
    case 'tampered':
      return states.tampered;
    case 'unsupported':
      return states.unsupported;
    case 'unaudited':
      return states.unaudited;
    case 'untrusted':
      return states.untrusted;
    case 'crashed':
    case 'internal':
    case 'disposed':
      return states.crashed;
    case 'io':
      return navigator.onLine ? states.io : states.offline;
    default:
      return states.invalid;
  }
}

/** Opens a release from a zip archive on this device. */
export async function openArchive(session: NinzuNotice['session'], archive: Blob): Promise<void> {
  try {
    await session.open(await unzipped(archive));
  } catch (error) {
    session.distrust(error);
  }
}

/** Opens a release that was dropped: a folder or a zip archive. */
export async function openDropped(session: NinzuNotice['session'], transfer: DataTransfer): Promise<void> {
  const [only, ...others] = Array.from(transfer.files);
  if (only && others.length === 0 && /\.zip$/i.test(only.name)) return openArchive(session, only);
  await session.open(await dropped(transfer));
}

/** A small line over the page. */
export function banner(words: string): TemplateResult {
  return html`<p class="banner small" role="status">${icon('check')}${words}</p>`;
}
