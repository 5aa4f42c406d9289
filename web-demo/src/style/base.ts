import { css } from 'lit';

/** What all elements share: type, buttons, fields, tables. */
export const base = css`
  :host {
    box-sizing: border-box;
    color: var(--_text);
    font: 400 1rem/1.5 var(--_font);
    font-variant-numeric: tabular-nums;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  figure,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font-size: 1rem;
    font-weight: 600;
    line-height: 1.5;
  }
  h3 {
    font-size: 0.875rem;
    font-weight: 600;
  }
  button,
  select,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }
  button {
    min-block-size: 32px;
    min-inline-size: 32px;
    padding: 0 12px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    cursor: pointer;
    transition:
      background-color var(--_motion),
      border-color var(--_motion);
  }
  button:hover:not(:disabled) {
    border-color: var(--_accent);
  }
  button:disabled {
    color: var(--_muted);
    cursor: default;
    opacity: 0.55;
  }
  button.quiet {
    border-color: transparent;
    background: none;
    color: var(--_accent);
  }
  button.quiet:hover:not(:disabled) {
    background: var(--_accent-soft);
  }
  button.main {
    border-color: var(--_accent);
    background: var(--_accent);
    color: var(--_on-accent);
  }
  button.icon {
    display: inline-grid;
    place-content: center;
    padding: 0;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  svg.glyph {
    display: block;
    inline-size: 16px;
    block-size: 16px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.6;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .muted {
    color: var(--_muted);
  }
  .small {
    font-size: 0.8125rem;
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  table {
    border-collapse: collapse;
    inline-size: 100%;
  }
  th {
    font-weight: 400;
    text-align: start;
  }
  .number {
    text-align: end;
    white-space: nowrap;
  }
  @media print {
    select {
      padding: 0;
      border: 0 !important;
      background: none;
      appearance: none;
      font-weight: 600;
    }
  }
`;
