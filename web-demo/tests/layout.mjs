// What stands where on a page: boxes of its words, as somebody sees them.

/** To be evaluated in the page: what is wrong with its words. Some in each other, out of their cell, or cut in their middle. */
export function wrongWords() {
  const boxes = [];
  const wrong = [];
  /** The parent, through shadow roots and slots. */
  const up = (one) => one.assignedSlot ?? one.parentElement ?? one.getRootNode().host ?? null;
  /** A box without what its surroundings cut off. */
  const seen = (box, element) => {
    let { left, top, right, bottom } = box;
    for (let at = element; at; at = up(at)) {
      const style = getComputedStyle(at);
      if (style.overflowX === 'visible' && style.clipPath === 'none') continue;
      const frame = at.getBoundingClientRect();
      [left, top, right, bottom] = [Math.max(left, frame.left), Math.max(top, frame.top), Math.min(right, frame.right), Math.min(bottom, frame.bottom)];
    }
    return { left, top, right, bottom };
  };
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const look = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) look(element.shadowRoot);
      if (element.matches('.unseen, .unseen *, .field, .field *, option, textarea, style, pre, code') || element.closest('svg') || !isShown(element)) continue;
      for (const node of element.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE || node.data.trim() === '') continue;
        const range = document.createRange();
        for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          const lines = [...range.getClientRects()].filter(({ width }) => width > 0);
          for (const line of lines) {
            const box = seen(line, element);
            if (box.right - box.left > 1 && box.bottom - box.top > 1) boxes.push({ ...box, word, element });
          }
          // Where lines may end: after dashes, and anywhere in scripts without spaces.
          for (const { 0: part, index: at } of word.matchAll(/[\p{Script=Latin}\p{N}.,]+/gu)) {
            range.setStart(node, index + at);
            range.setEnd(node, index + at + part.length);
            const tops = new Set([...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => Math.round(top)));
            if (tops.size > 1) wrong.push(`“${part}” is cut in its middle`);
          }
          const cell = element.closest('td, th');
          if (!cell) continue;
          const frame = cell.getBoundingClientRect();
          for (const line of lines) if (line.left < frame.left - 1 || line.right > frame.right + 1) wrong.push(`“${word}” runs out of its cell by ${Math.round(Math.max(frame.left - line.left, line.right - frame.right))}`);
        }
      }
    }
  };
  look(document);
  for (const [i, one] of boxes.entries()) {
    for (const other of boxes.slice(i + 1)) {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      // Lines of one text may touch, as letters with long tails do.
      if (across > 1 && down > (one.element === other.element ? 8 : 4)) wrong.push(`“${one.word}” and “${other.word}” lie in each other, ${Math.round(across)} by ${Math.round(down)}`);
    }
  }
  return wrong;
}
