import { css } from 'lit';

export const searchStyles = css`
  :host {
    display: block;
  }
  .field {
    position: relative;
    display: block;
  }
  .field > svg {
    position: absolute;
    inset-block-start: 12px;
    inset-inline-start: 12px;
    color: var(--_muted);
    pointer-events: none;
  }
  input {
    inline-size: 100%;
    block-size: 40px;
    padding-inline: 36px;
    border: 1px solid var(--_field);
    border-radius: var(--_radius);
    background: var(--_surface);
    text-overflow: ellipsis;
  }
  input::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  kbd {
    position: absolute;
    inset-block-start: 9px;
    inset-inline-end: 10px;
    padding: 0 6px;
    border: 1px solid var(--_line);
    border-radius: 4px;
    color: var(--_muted);
    font: 0.8125rem/20px var(--_mono);
  }
  input:focus ~ kbd {
    visibility: hidden;
  }
  .target {
    display: flex;
    align-items: center;
    justify-content: space-between;
    margin-block-start: 8px;
    padding-inline: 12px 4px;
    border-radius: var(--_radius);
    background: var(--_accent-soft);
  }
  .dimensions {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    margin-block: 12px 4px;
  }
  .dimensions button {
    padding-inline: 10px;
    border-color: transparent;
    background: none;
    color: var(--_muted);
  }
  .dimensions button[aria-pressed='true'] {
    background: var(--_accent-soft);
    color: var(--_accent);
    font-weight: 600;
  }
  .none {
    padding-block: 16px;
  }
  ul {
    margin-block-start: 4px;
  }
  li {
    display: grid;
    grid-template-columns: 24px 1fr 32px;
    align-items: center;
    border-block-end: 1px solid var(--_line);
  }
  li.d1 {
    padding-inline-start: 16px;
  }
  li.d2 {
    padding-inline-start: 32px;
  }
  li.d3 {
    padding-inline-start: 48px;
  }
  li.d4 {
    padding-inline-start: 64px;
  }
  li.d5 {
    padding-inline-start: 80px;
  }
  .fold {
    min-inline-size: 24px;
    inline-size: 24px;
    border: 0;
    background: none;
    color: var(--_muted);
  }
  .fold.open svg {
    rotate: 90deg;
  }
  .code {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 12px;
    min-inline-size: 0;
    min-block-size: 40px;
    padding: 4px 8px;
    border-color: transparent;
    background: none;
    text-align: start;
  }
  .code:hover {
    background: var(--_accent-soft);
  }
  /* Where a name has no room beside the numbers, they go below it. */
  .name {
    flex: 1 1 8em;
    line-height: 1.3;
    overflow-wrap: break-word;
  }
  .name .small {
    white-space: nowrap;
  }
  .above {
    order: 1;
    flex: 0 0 100%;
    overflow: hidden;
    font-size: 0.75rem;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .marked {
    margin-inline-start: auto;
    grid-template-columns: 3rem calc(var(--_figures, 12) * 1ch);
    gap: 6px;
    font-size: 0.8125rem;
  }
  .without {
    border-color: transparent;
    background: none;
    color: var(--_exclude);
  }
  .without:hover:not(:disabled) {
    border-color: var(--_exclude);
    background: var(--_exclude-soft);
  }
  ul.stale .marked {
    opacity: 0.6;
    transition: opacity var(--_motion) 150ms;
  }
`;
