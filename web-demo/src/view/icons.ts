import { svg, html, type TemplateResult } from 'lit';

const PATHS = {
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  undo: 'M6 3L3 6l3 3M3 6h6a4 4 0 0 1 0 8H6',
  redo: 'M10 3l3 3-3 3M13 6H7a4 4 0 0 0 0 8h3',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6L14 14',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  shield: 'M8 1.8l5.2 2v4c0 3.2-2.2 5.4-5.2 6.4-3-1-5.2-3.2-5.2-6.4v-4zM5.6 8l1.7 1.7 3.2-3.4',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M3 13l1.1-1.1M11.9 4.1L13 3',
  moon: 'M13.5 9.6A6 6 0 1 1 6.4 2.5a4.7 4.7 0 0 0 7.1 7.1z',
  half: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M4.5 9.5h7',
  folder: 'M1.5 12.5v-9h4.4l1.4 1.8h7.2v7.2z',
} as const;

export type Icon = keyof typeof PATHS;

/** A picture that only repeats what the words beside it, or its button's name, say. */
export function icon(name: Icon): TemplateResult {
  return html`<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${PATHS[name]} />`}</svg>`;
}
