// A chart as a file of its own, SVG or PNG: one list of shapes, drawn by either.
import type { Counted, Localizer } from '../text/localizer';
import type { Bar } from './bar';

type Shape =
  | { kind: 'rect'; x: number; y: number; width: number; height: number; fill: 'solid' | 'soft' }
  | { kind: 'line'; x1: number; y1: number; x2: number; y2: number; stroke: 'solid' | 'text' | 'muted'; width: number; dashed?: boolean }
  | { kind: 'dot'; x: number; y: number }
  | { kind: 'text'; x: number; y: number; size: number; text: string; end?: boolean; strong?: boolean; muted?: boolean };

/** Shapes and their size. */
export interface Picture {
  width: number;
  height: number;
  shapes: Shape[];
}

const WIDTH = 760;
const ROW = 28;
const LABELS = 260;
const NUMBERS = 130;
const MARGIN = 24;
const BAR = 12;
const COLOURS = { solid: '#165e83', soft: '#e6eff4', text: '#1b2226', muted: '#566168' };
const FONT = 'system-ui, "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic", Meiryo, sans-serif';

/** A chart with its question above, and what to cite below. */
export function pictureOf(ui: Localizer, title: string, subtitle: string, bars: readonly Bar[], source: string): Picture {
  const shapes: Shape[] = [{ kind: 'text', x: MARGIN, y: MARGIN + 16, size: 17, text: fitted(title, 80), strong: true }];
  const lines = wrapped(subtitle, 100);
  lines.forEach((text, i) => shapes.push({ kind: 'text', x: MARGIN, y: MARGIN + 38 + 18 * i, size: 13, text, muted: true }));
  let y = MARGIN + 38 + 18 * lines.length + 8;
  const most = Math.max(1, ...bars.map(({ count }) => count.upper ?? count.lower ?? 0));
  for (const { label, count } of bars) {
    shapes.push({ kind: 'text', x: MARGIN, y: y + 18, size: 13, text: fitted(ui.label(label), 36) });
    shapes.push(...interval(count, MARGIN + LABELS, y + (ROW - BAR) / 2, WIDTH - 2 * MARGIN - LABELS - NUMBERS, most));
    shapes.push({ kind: 'text', x: WIDTH - MARGIN, y: y + 18, size: 13, text: ui.short(count), end: true });
    y += ROW;
  }
  y += 20;
  for (const text of wrapped(source, 110)) {
    shapes.push({ kind: 'text', x: MARGIN, y, size: 11, text, muted: true });
    y += 16;
  }
  return { width: WIDTH, height: y + MARGIN - 8, shapes };
}

function interval({ lower, upper, estimate, status }: Counted, x: number, y: number, width: number, most: number): Shape[] {
  const middle = y + BAR / 2;
  if (status === 'not_collected' || lower === null) {
    return [{ kind: 'line', x1: x, y1: middle, x2: x + width, y2: middle, stroke: 'muted', width: 1.25, dashed: true }];
  }
  if (upper === 0) return [{ kind: 'dot', x: x + 3, y: middle }];
  const at = (n: number): number => x + (width * Math.min(n, most)) / most;
  const [from, to] = [at(lower), at(upper ?? most)];
  const shapes: Shape[] = [
    { kind: 'rect', x: from, y, width: to - from, height: BAR, fill: 'soft' },
    { kind: 'rect', x, y, width: from - x, height: BAR, fill: 'solid' },
  ];
  // Hatching, cut to the range by reckoning: both formats draw it alike.
  for (let start = from - BAR; start < to; start += 4) {
    const [left, right] = [Math.max(start, from), Math.min(start + BAR, to)];
    if (right > left) shapes.push({ kind: 'line', x1: left, y1: y + BAR - (left - start), x2: right, y2: y + BAR - (right - start), stroke: 'solid', width: 1.3 });
  }
  if (estimate !== null && estimate !== undefined && lower !== upper) {
    shapes.push({ kind: 'line', x1: at(estimate), y1: y, x2: at(estimate), y2: y + BAR, stroke: 'text', width: 2 });
  }
  return shapes;
}

/** How wide a text is, in halves of a full-width character. */
function breadth(text: string): number {
  let sum = 0;
  for (const c of text) sum += c.codePointAt(0)! > 0x2e7f ? 2 : 1;
  return sum;
}

function fitted(text: string, most: number): string {
  if (breadth(text) <= most) return text;
  let cut = '';
  for (const c of text) {
    if (breadth(cut) >= most - 2) break;
    cut += c;
  }
  return `${cut}…`;
}

function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  // Words where there are spaces, characters where there are none.
  for (const part of text.split(/(?<=\s)|(?<=[\u3001\u3002\u3040-\u30ff\u4e00-\u9fff])/u)) {
    if (breadth(line + part) > most && line !== '') {
      lines.push(line.trimEnd());
      line = '';
    }
    line += part;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const round = (n: number): string => String(Math.round(n * 100) / 100);

/** As SVG. */
export function svgOf({ width, height, shapes }: Picture, title: string): string {
  // biome-ignore lint/suspicious/useIterableCallbackReturn: TypeScript knows that every shape has its case
  const drawn = shapes.map((one) => {
    switch (one.kind) {
      case 'rect':
        return `<rect x="${round(one.x)}" y="${round(one.y)}" width="${round(one.width)}" height="${one.height}" fill="${COLOURS[one.fill]}"/>`;
      case 'line':
        return `<line x1="${round(one.x1)}" y1="${round(one.y1)}" x2="${round(one.x2)}" y2="${round(one.y2)}" stroke="${COLOURS[one.stroke]}" stroke-width="${one.width}"${one.dashed ? ' stroke-dasharray="3 4"' : ''}/>`;
      case 'dot':
        return `<circle cx="${round(one.x)}" cy="${round(one.y)}" r="1.75" fill="${COLOURS.muted}"/>`;
      case 'text':
        return `<text x="${one.x}" y="${one.y}" font-size="${one.size}" fill="${one.muted ? COLOURS.muted : COLOURS.text}"${one.end ? ' text-anchor="end"' : ''}${one.strong ? ' font-weight="600"' : ''}>${escaped(one.text)}</text>`;
    }
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="${escaped(FONT)}"><title>${escaped(title)}</title><rect width="${width}" height="${height}" fill="#ffffff"/>${drawn.join('')}</svg>\n`;
}

/** As PNG, twice as fine as on the screen. */
export function pngOf({ width, height, shapes }: Picture): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  const pen = canvas.getContext('2d')!;
  pen.scale(2, 2);
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, width, height);
  for (const one of shapes) draw(pen, one);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture cannot be made'))), 'image/png'));
}

function draw(pen: CanvasRenderingContext2D, one: Shape): void {
  switch (one.kind) {
    case 'rect':
      pen.fillStyle = COLOURS[one.fill];
      return pen.fillRect(one.x, one.y, one.width, one.height);
    case 'line':
      pen.strokeStyle = COLOURS[one.stroke];
      pen.lineWidth = one.width;
      pen.setLineDash(one.dashed ? [3, 4] : []);
      pen.beginPath();
      pen.moveTo(one.x1, one.y1);
      pen.lineTo(one.x2, one.y2);
      return pen.stroke();
    case 'dot':
      pen.fillStyle = COLOURS.muted;
      pen.beginPath();
      pen.arc(one.x, one.y, 1.75, 0, 2 * Math.PI);
      return pen.fill();
    case 'text':
      pen.fillStyle = one.muted ? COLOURS.muted : COLOURS.text;
      pen.font = `${one.strong ? 600 : 400} ${one.size}px ${FONT}`;
      pen.textAlign = one.end ? 'end' : 'start';
      return pen.fillText(one.text, one.x, one.y);
  }
}
