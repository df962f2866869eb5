const GAP = '  ';
// The narrowest that a column is wrapped to.
const NARROWEST = 20;

/**
 * Lays out rows in columns, one of which is wrapped where a line would get too long.
 * @param rows The rows, equally many cells each.
 * @param wraps The index of the column that is wrapped.
 * @param width The characters in a line; Infinity for as many as it takes.
 * @returns The text of each row, without the last line's end.
 */
export function columns(rows: readonly (readonly string[])[], wraps: number, width: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => widest(rows, column));
  const others = widths.reduce((sum, each, column) => sum + (column === wraps ? 0 : each + GAP.length), 0);
  widths[wraps] = Math.min(widths[wraps]!, Math.max(NARROWEST, width - others));
  return rows.map((row) => rowText(row, wraps, widths));
}

// As arguments of Math.max, a hundred thousand rows would exceed the stack.
function widest(rows: readonly (readonly string[])[], column: number): number {
  return rows.reduce((most, row) => Math.max(most, row[column]!.length), 0);
}

function rowText(row: readonly string[], wraps: number, widths: number[]): string {
  const lines = wrapped(row[wraps]!, widths[wraps]!);
  return lines
    .map((line, index) => row.map((cell, column) => (column === wraps ? line : index === 0 ? cell : '')))
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join(GAP))
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * Breaks a text between words; a word that is too long for a line stays whole.
 * @param text The text.
 * @param width The characters in a line.
 * @returns The lines, at least one.
 */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/**
 * Breaks a text between words, and indents it.
 * @param text The text.
 * @param indent What each line begins with; in its place, lines after the first have as many spaces.
 * @param width The characters in a line.
 * @returns The lines, joined.
 */
export function paragraph(text: string, indent: string, width: number): string {
  return wrapped(text, width - indent.length)
    .map((line, index) => `${index === 0 ? indent : ' '.repeat(indent.length)}${line}`)
    .join('\n');
}
