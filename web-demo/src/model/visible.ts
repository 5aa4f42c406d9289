// Texts of a release are its publisher's: what has no shape of its own, or changes how others read, is shown as its number.
/** What does something instead of being seen, as the engine has it: controls, and what turns the order of its surroundings. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
const ACTING = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text as it may be shown: `\u{1b}` for an escape. */
export function visible(text: string): string {
  return text.replace(ACTING, (one) => NAMED[one] ?? `\\u{${one.codePointAt(0)!.toString(16)}}`);
}

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
