const GAP = '  ';
// A column is never wrapped to less than this.
const MIN_WIDTH = 20;

/**
 * Lays out rows in columns. Returns the text of each row, without the end of its last line. The column with the index
 * `wrapped` is wrapped if a line would be longer than `width` characters; a `width` of Infinity wrapped nothing.
 */
export function columns(rows: readonly (readonly string[])[], wrapped: number, width: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => widest(rows, column));
  const others = widths.reduce((sum, each, column) => sum + (column === wrapped ? 0 : each + GAP.length), 0);
  widths[wrapped] = Math.min(widths[wrapped]!, Math.max(MIN_WIDTH, width - others));
  return rows.map((row) => rowText(row, wrapped, widths));
}

// Math.max(...) with 100,000 arguments would overflow the stack.
function widest(rows: readonly (readonly string[])[], column: number): number {
  return rows.reduce((most, row) => Math.max(most, row[column]!.length), 0);
}

function rowText(row: readonly string[], wrapped: number, widths: number[]): string {
  const lines = wrapText(row[wrapped]!, widths[wrapped]!);
  return lines
    .map((line, index) => row.map((cell, column) => (column === wrapped ? line : index === 0 ? cell : '')))
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join(GAP))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Breaks a text between words into lines of `width` characters, at least one. A longer word stays whole. */
export function wrapText(text: string, width: number): string[] {
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

/** Breaks a text between words. The first line starts with `indent`, the other lines with the same number of spaces. */
export function paragraph(text: string, indent: string, width: number): string {
  return wrapText(text, width - indent.length)
    .map((line, index) => `${index === 0 ? indent : ' '.repeat(indent.length)}${line}`)
    .join('\n');
}
