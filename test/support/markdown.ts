/** A fenced block of code in a markdown file, with what invisible comments around it say. */
export interface Block {
  language: string;
  code: string;
  /** The line of the opening fence, from 1. */
  line: number;
  /** `<!-- file: PATH -->` before it: it is the text of that file. */
  file: string | undefined;
  /** `<!-- setup: CODE -->` before it: what it needs in order to run. */
  setup: string;
  /** `<!-- then: CODE -->` after it: what shows that it has done its work. */
  then: string;
  /** `<!-- differs -->` before it: it does not print what the Python block before it prints. */
  differs: boolean;
}

/** A row of a table: its cells, and the heading above the table. */
export interface Row {
  heading: string;
  cells: string[];
}

const COMMENT_OR_BLOCK = /^<!-- (\w+)(?::\s*([^]*?))?\s*-->$|^```(\w*)\n([^]*?)^```$/gm;

/** The blocks of a markdown text, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let before = new Map<string, string>();
  for (const match of markdown.matchAll(COMMENT_OR_BLOCK)) {
    const [, name, value = '', language = '', code] = match;
    if (name === 'then') blocks.at(-1)!.then = value;
    else if (name !== undefined) before.set(name, value);
    else if (code !== undefined) {
      const line = markdown.slice(0, match.index).split('\n').length;
      const file = before.get('file');
      const setup = before.get('setup') ?? '';
      blocks.push({ language, code, line, file, setup, then: '', differs: before.has('differs') });
      before = new Map();
    }
  }
  return blocks;
}

/** The rows of all tables of a markdown text, without their heads. */
export function rowsOf(markdown: string): Row[] {
  const rows: Row[] = [];
  let heading = '';
  let isBody = false;
  for (const line of markdown.split('\n')) {
    heading = /^#+ (.*)/.exec(line)?.[1] ?? heading;
    if (!line.startsWith('|')) isBody = false;
    else if (/^[|\- ]+$/.test(line)) isBody = true;
    else if (isBody) rows.push({ heading, cells: line.split('|').slice(1, -1) });
  }
  return rows;
}

/** The `code` spans of a cell. */
export function codeOf(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}
