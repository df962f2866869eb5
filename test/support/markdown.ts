/** A fenced block of code in a markdown file, with the HTML comments before and after it, which readers do not see. */
export interface Block {
  language: string;
  code: string;
  /** The line of the opening fence, from 1. */
  line: number;
  /** From `<!-- file: PATH -->` before the block: the block must have the text of that file. */
  file: string | undefined;
  /** From `<!-- setup: CODE -->` before the block: the code that the block needs in order to run. */
  setup: string;
  /** From `<!-- then: CODE -->` after the block: the code that checks or prints the result. */
  then: string;
  /** From `<!-- differs -->` before the block: its output differs from the output of the Python block before it. */
  differs: boolean;
}

/** A row of a table: its cells, and the nearest heading above the table. */
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

/** The rows of all tables of a markdown text, without the heads of the tables. */
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

/** The targets of the links, without links to other hosts. */
export function linksOf(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !target.includes('://'));
}

/** The anchors of the headings, as GitHub forms them. */
export function anchorsOf(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The `code` spans of a cell. */
export function codeOf(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

function withoutBlocks(markdown: string): string {
  return markdown.replace(/^```[^]*?^```$/gm, '');
}
