import { css } from 'lit';

/**
 * What a portal may change: custom properties named --ninzu-*. Everything else is made of these.
 * Colours hold 4.5:1 on their grounds in both schemes.
 */
export const tokens = css`
  :host {
    --_accent: var(--ninzu-accent, light-dark(#165e83, #84bfe0));
    --_accent-soft: var(--ninzu-accent-soft, light-dark(#e6eff4, #1d3440));
    --_on-accent: var(--ninzu-on-accent, light-dark(#ffffff, #0d1518));
    --_exclude: var(--ninzu-exclude, light-dark(#a3282f, #f4a29b));
    --_exclude-soft: var(--ninzu-exclude-soft, light-dark(#f8eae9, #3c2423));
    --_ground: var(--ninzu-ground, light-dark(#f7f7f5, #111719));
    --_surface: var(--ninzu-surface, light-dark(#ffffff, #192124));
    --_text: var(--ninzu-text, light-dark(#1b2226, #e7ebeb));
    --_muted: var(--ninzu-muted, light-dark(#566168, #9fabb0));
    --_line: var(--ninzu-line, light-dark(#dcdfdd, #313b3f));
    --_field: var(--ninzu-field, light-dark(#7d878c, #7a868b));
    --_radius: var(--ninzu-radius, 6px);
    --_font: var(
      --ninzu-font,
      system-ui,
      -apple-system,
      'Hiragino Sans',
      'Hiragino Kaku Gothic ProN',
      'Noto Sans JP',
      'Noto Sans CJK JP',
      'Yu Gothic',
      Meiryo,
      sans-serif
    );
    --_mono: var(--ninzu-mono, ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace);
    --_motion: 120ms;
  }
  @media (prefers-reduced-motion: reduce) {
    :host {
      --_motion: 0ms;
    }
  }
`;
