import { css } from 'lit';

/** The sentence: what is taken and what is excluded differ in word, place, sign and colour. */
export const sentenceStyles = css`
  :host {
    display: block;
  }
  .unread {
    min-block-size: 5rem;
    margin-block: 12px;
  }
  .who {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-block: 12px;
  }
  .chip {
    display: inline-flex;
    max-inline-size: 100%;
    min-block-size: 32px;
    border: 1px solid var(--_accent);
    border-radius: var(--_radius);
    background: var(--_accent-soft);
  }
  .chip.out {
    border-color: var(--_exclude);
    background: var(--_exclude-soft);
  }
  .chip.any {
    border-color: var(--_field);
    border-style: dashed;
    background: none;
    color: var(--_muted);
  }
  .chip button {
    min-block-size: 30px;
    border: 0;
    background: none;
  }
  .chip .word {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 2px 4px 2px 10px;
    text-align: start;
  }
  .chip .word:last-child {
    padding-inline-end: 10px;
  }
  .chip .word > svg {
    flex: none;
    inline-size: 12px;
  }
  .chip .code {
    color: var(--_muted);
    font-size: 0.8125rem;
  }
  .chip .close {
    min-inline-size: 28px;
    color: var(--_muted);
  }
  .close svg {
    inline-size: 12px;
    block-size: 12px;
  }
  .chip .close:hover {
    color: var(--_text);
  }
  .rows > li {
    display: grid;
    grid-template-columns: 32px 1fr;
    gap: 8px;
    align-items: start;
    padding-block: 4px;
  }
  .phrase {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 8px;
    min-inline-size: 0;
    min-block-size: 32px;
  }
  .and {
    color: var(--_muted);
  }
  .with {
    font-weight: 600;
    color: var(--_accent);
  }
  .out > .phrase > .with {
    color: var(--_exclude);
  }
  .sign {
    border-color: transparent;
    background: var(--_accent-soft);
    color: var(--_accent);
  }
  .out > .sign {
    background: var(--_exclude-soft);
    color: var(--_exclude);
  }
  .out > .sign:hover {
    border-color: var(--_exclude);
  }
  .group {
    flex: 1 1 100%;
    min-inline-size: 0;
    padding: 8px;
    border: 1px solid var(--_line);
    border-inline-start: 3px solid var(--_accent);
    border-radius: var(--_radius);
  }
  .out > .phrase > .group {
    border-inline-start-color: var(--_exclude);
  }
  .group.target {
    background: var(--_accent-soft);
  }
  .head,
  .actions {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .head .close {
    border: 0;
    background: none;
    color: var(--_muted);
  }
  .space {
    flex: 1;
  }
  select {
    min-block-size: 32px;
    padding-inline: 6px;
    border: 1px solid var(--_field);
    border-radius: var(--_radius);
    background: var(--_surface);
    font-weight: 600;
  }
  .actions {
    flex-wrap: wrap;
    gap: 4px 8px;
    margin-block-start: 8px;
  }
  .actions button:not(.icon),
  .group > button {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  .clear {
    padding-inline: 8px;
    font-size: 0.875rem;
  }
  .editor {
    position: fixed;
    inset: auto;
    inline-size: min(420px, 100vw - 16px);
    margin: 0;
    padding: 12px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
    box-shadow: 0 8px 32px rgb(0 0 0 / 0.18);
    overflow: auto;
  }
  @media print {
    .actions,
    .head button,
    button.close,
    .group > button,
    .chip.any {
      display: none;
    }
  }
`;
