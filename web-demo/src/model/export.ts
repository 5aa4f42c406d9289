import type { Answer, ByAnswer } from 'ninzu/worker';

/** An answer as a table: over all centres, each centre, and each part that is shown. */
export function csvOf(answer: Answer, parts: readonly ByAnswer[], names: readonly string[]): string {
  const rows: (string | number | null)[][] = [
    ['release', answer.release, 'query', answer.query, 'sha256', answer.hash],
    ['of', ...names, 'lower', 'upper', 'estimate', 'status'],
  ];
  const none = names.map(() => '');
  const { persons, records, status } = answer.answer;
  rows.push(['persons', ...none, persons.lower, persons.upper, null, status]);
  rows.push(['records', ...none, records.lower, records.upper, records.estimate, status]);
  for (const one of answer.centres) {
    rows.push(['centre', ...names.map((name) => (name === 'centre' ? one.centre : '')), one.lower, one.upper, one.estimate, one.status]);
  }
  for (const one of parts) {
    rows.push(['part', ...names.map((name) => one.key[name] ?? ''), one.lower, one.upper, one.estimate, one.status]);
  }
  return csvText(rows);
}

type Cell = string | number | boolean | null;

/** Rows as a CSV text. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

/** A cell of a CSV text. Texts that a spreadsheet would take for a formula are not. */
function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The media types of what is saved, by the end of the file's name. */
const TYPES: Record<string, string> = {
  csv: 'text/csv',
  json: 'application/json',
  svg: 'image/svg+xml',
  parquet: 'application/vnd.apache.parquet',
  arrows: 'application/vnd.apache.arrow.stream',
};

/** Hands the browser a file to keep. */
export function save(name: string, content: Blob | Uint8Array | string): void {
  const ending = name.slice(name.lastIndexOf('.') + 1);
  // A byte order mark tells spreadsheets that this is UTF-8.
  const parts = [...(ending === 'csv' ? ['\ufeff'] : []), content as BlobPart];
  const blob = content instanceof Blob ? content : new Blob(parts, { type: TYPES[ending] ?? '' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
