import { css } from 'lit';

export const explorerStyles = css`
  :host {
    display: block;
    container: explorer / inline-size;
    color-scheme: light dark;
    background: var(--_ground);
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 16px;
    min-block-size: 56px;
    padding: 8px 24px;
    border-block-end: 1px solid var(--_line);
    background: var(--_surface);
  }
  .brand {
    white-space: nowrap;
    font-size: 1.125rem;
    font-weight: 600;
    letter-spacing: 0.01em;
  }
  .title {
    flex: 1 1 16rem;
    min-inline-size: 0;
    line-height: 1.4;
  }
  .trust {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding-inline: 8px;
    text-align: start;
  }
  .trust svg {
    flex: none;
  }
  .trust.poor {
    color: var(--_exclude);
  }
  .settings {
    display: flex;
    gap: 4px;
  }
  .settings button {
    border-color: transparent;
    background: none;
  }
  .settings button:hover {
    background: var(--_accent-soft);
  }
  .banner {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 6px 24px;
    background: var(--_accent-soft);
  }
  .banner button {
    margin-inline-start: auto;
  }
  main,
  .main-area {
    display: grid;
    grid-template-columns: minmax(360px, 4.8fr) 7.7fr;
    grid-template-areas: 'ask answer';
    gap: 24px;
    max-inline-size: 1360px;
    margin-inline: auto;
    padding: 24px;
  }
  .ask {
    grid-area: ask;
    display: grid;
    gap: 24px;
    align-content: start;
    min-inline-size: 0;
  }
  .answers {
    grid-area: answer;
    display: grid;
    gap: 24px;
    align-content: start;
    min-inline-size: 0;
  }
  .panel {
    padding: 20px 24px;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 1.5);
    background: var(--_surface);
    container-type: inline-size;
  }
  .panel > details {
    margin-block-start: 12px;
    padding-block-start: 8px;
    border-block-start: 1px solid var(--_line);
  }
  summary {
    inline-size: fit-content;
    min-block-size: 24px;
    cursor: pointer;
  }
  .examples {
    display: grid;
    gap: 4px;
    margin-block-start: 12px;
  }
  .examples button {
    min-block-size: 36px;
    padding: 6px 10px;
    text-align: start;
  }
  .tabs {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 24px;
    margin-block-end: 16px;
    border-block-end: 1px solid var(--_line);
  }
  .tabs button {
    min-block-size: 36px;
    padding: 0 0 4px;
    border: 0;
    border-block-end: 2px solid transparent;
    border-radius: 0;
    background: none;
    color: var(--_muted);
  }
  .tabs button[aria-selected='true'] {
    border-block-end-color: var(--_accent);
    color: var(--_text);
    font-weight: 600;
  }
  .panel[role='tabpanel'] {
    min-block-size: 16rem;
  }
  .tabpanel {
    min-block-size: 12rem;
  }
  .pictures {
    display: flex;
    gap: 4px;
    margin-inline-start: auto;
  }
  .error {
    padding: 12px 16px;
    border-inline-start: 3px solid var(--_exclude);
    background: var(--_exclude-soft);
  }
  dialog {
    inline-size: min(46rem, 100vw - 32px);
    max-block-size: min(88vh, 60rem);
    padding: 0;
    border: 1px solid var(--_line);
    border-radius: calc(var(--_radius) * 1.5);
    background: var(--_surface);
    color: var(--_text);
  }
  dialog.narrow {
    inline-size: min(26rem, 100vw - 32px);
  }
  dialog::backdrop {
    background: rgb(10 16 20 / 0.4);
  }
  .dialog-head {
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 12px 16px 12px 24px;
    border-block-end: 1px solid var(--_line);
    background: var(--_surface);
  }
  .dialog-body {
    padding: 16px 24px 24px;
  }
  dl.keys {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 8px 24px;
    padding-block-end: 16px;
  }
  .keys dt {
    font: 0.875rem/1.7 var(--_mono);
  }
  .check {
    display: flex;
    align-items: center;
    gap: 8px;
    min-block-size: 32px;
  }
  .check input {
    inline-size: 18px;
    block-size: 18px;
    accent-color: var(--_accent);
  }
  .drop {
    position: fixed;
    inset: 16px;
    z-index: 10;
    display: grid;
    place-content: center;
    padding: 24px;
    border: 2px dashed var(--_accent);
    border-radius: 12px;
    background: color-mix(in srgb, var(--_surface) 92%, transparent);
    font-size: 1.25rem;
    text-align: center;
    pointer-events: none;
  }
  .foot {
    max-inline-size: 1360px;
    margin-inline: auto;
    padding: 0 24px 32px;
    color: var(--_muted);
  }
  .foot button {
    padding-inline: 8px;
  }
  .sheet-close,
  .pinned {
    display: none;
  }
  @container explorer (max-width: 820px) {
    main,
    .main-area {
      grid-template-columns: minmax(0, 1fr);
      grid-template-areas: none;
      gap: 16px;
      padding: 16px;
    }
    header {
      padding: 8px 16px;
    }
    .ask,
    .answers {
      display: contents;
    }
    .cohort {
      order: -2;
    }
    .answer {
      order: -1;
    }
    .wrong .answer {
      order: -3;
    }
    .panel {
      padding: 16px;
    }
    .codes {
      position: fixed;
      inset: auto 0 0;
      z-index: 5;
      display: none;
      block-size: 85vh;
      border-radius: 12px 12px 0 0;
      box-shadow: 0 -8px 32px rgb(0 0 0 / 0.25);
      overflow: auto;
    }
    .codes.open {
      display: block;
    }
    .sheet-close {
      display: block;
      margin: -8px -8px 4px auto;
    }
    .brand {
      flex: 1;
    }
    .title {
      order: 5;
      flex-basis: 100%;
    }
    .trust {
      order: 6;
      margin-inline-start: -8px;
    }
    .pinned {
      position: sticky;
      inset-block-start: 0;
      z-index: 3;
      display: grid;
      grid-template-columns: auto minmax(48px, 1fr);
      align-items: center;
      gap: 12px;
      order: -3;
      margin: -16px -16px 0;
      padding: 10px 16px;
      border-block-end: 1px solid var(--_line);
      background: var(--_surface);
      font-weight: 600;
    }
  }
  @media print {
    :host {
      background: none;
      color-scheme: light;
    }
    .settings,
    .codes,
    .tabs,
    .foot,
    .examples,
    .pictures,
    .banner,
    details:not([open]) {
      display: none !important;
    }
    main,
    .main-area,
    .ask,
    .answers {
      display: block;
      padding: 0;
    }
    .panel {
      break-inside: avoid;
      padding: 12px 0;
      border-width: 1px 0 0;
      border-radius: 0;
    }
    .pinned {
      display: none;
    }
    header {
      padding-inline: 0;
    }
  }
`;
