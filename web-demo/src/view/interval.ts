// The one mark for a count: solid to the lower bound, hatched from there to the upper one, a tick at the estimate.
import { css, html, nothing, svg, type TemplateResult } from 'lit';

import type { Counted, Localizer } from '../text/localizer';

/** The hatching, once in each shadow root that has marks: an element's address ends at its root. */
export function hatching(): TemplateResult {
  return html`<svg class="defs" aria-hidden="true" width="0" height="0">
    <defs>
      <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch" x1="1" y1="0" x2="1" y2="4" />
      </pattern>
    </defs>
  </svg>`;
}

const percent = (part: number, whole: number): string => `${whole > 0 ? Math.min(100, (100 * part) / whole) : 0}%`;

/** The mark, on a scale that ends at `most`. Words stand beside it or name what holds it. */
export function mark(count: Counted, most: number): TemplateResult {
  return html`<svg class="mark" aria-hidden="true">${inside(count, most)}</svg>`;
}

function inside({ lower, upper, estimate, status }: Counted, most: number): unknown {
  if (status === 'not_collected' || lower === null) return svg`<line class="dashed" x1="0" x2="100%" y1="50%" y2="50%" />`;
  if (upper === 0) return svg`<circle class="dot" cx="3" cy="50%" r="1.75" />`;
  const end = upper ?? most;
  const solid = percent(lower, most);
  const width = percent(end - lower, most);
  // Below the threshold a guess says nothing.
  const guess = status !== 'below_threshold' && estimate !== null && estimate !== undefined && lower !== upper ? percent(estimate, most) : undefined;
  return svg`
    <rect class="open" x=${solid} width=${width} y="0" height="100%" />
    <rect class="hatched" x=${solid} width=${width} y="0" height="100%" fill="url(#hatch)" />
    <rect class="solid" x="0" width=${solid} y="0" height="100%" />
    ${guess === undefined ? nothing : svg`<line class="tick" x1=${guess} x2=${guess} y1="0" y2="100%" />`}`;
}

/** Words in parts that stay whole: a line may end only between them, after a blank or a dash. */
export function pieces(words: string): TemplateResult {
  const parts = words.match(/[^\s–〜～_/-]*[–〜～_/-]+\s*|[^\s–〜～_/-]+\s*|\s+/g) ?? [];
  return html`${parts.map((part) => (WIDE.test(part) && part.length > SHORT ? part : html`<span class="piece">${part}</span>`))}`;
}

/** Scripts whose lines may end after any letter, where a part is longer than so many. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const SHORT = 5;

/** What the engine says, the names in it, which it puts between backquotes, as such. */
export function named(words: string): TemplateResult {
  return html`${words.split(/`([^`]*)`/).map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** How many figures wide words are at most, in any font: letters of other scripts, and dashes in their fonts, are as wide as two. */
export function figures(words: string): number {
  return Array.from(words).reduce((sum, letter) => sum + (letter < '\u0080' ? 1 : 2), 0);
}

/** The mark with its words, as most places have it. */
export function marked(ui: Localizer, count: Counted, most: number): TemplateResult {
  return html`<span class="marked" part="mark">${mark(count, most)}<span class="words">${ui.short(count)}</span></span>`;
}

export const markStyles = css`
  svg.defs {
    position: absolute;
  }
  svg.mark {
    display: block;
    inline-size: 100%;
    block-size: 10px;
    overflow: visible;
  }
  .mark .solid {
    fill: var(--_accent);
  }
  .mark .open {
    fill: var(--_accent-soft);
  }
  .hatch {
    stroke: var(--_accent);
    stroke-width: 1.6;
  }
  .mark .tick {
    stroke: var(--_text);
    stroke-width: 2;
    paint-order: stroke;
  }
  .mark .dashed {
    stroke: var(--_muted);
    stroke-width: 1.25;
    stroke-dasharray: 3 4;
  }
  .mark .dot {
    fill: var(--_muted);
  }
  .piece {
    display: inline-block;
    white-space: pre;
  }
  .marked {
    display: grid;
    /* The element says how many figures its longest words have, so that marks are of one length whatever the font. */
    grid-template-columns: minmax(32px, 1fr) calc(var(--_figures, 12) * 1ch);
    align-items: center;
    gap: 8px;
  }
  .marked .words {
    text-align: end;
    white-space: nowrap;
  }
  @container (max-width: 480px) {
    td > .marked {
      grid-template-columns: minmax(0, 1fr);
      gap: 2px;
    }
    td > .marked .words {
      order: -1;
    }
  }
`;
