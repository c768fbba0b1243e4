// The Markdown files that the server shows as its documentation: their fenced blocks, headings and links.
import { globSync, readFileSync } from 'node:fs';

/** Every page whose blocks and links are tested. */
export const pages = globSync([
  'README.md',
  'docs/*.md',
  'docs/dialects/*.md',
  'packages/*/README.md',
  'src/dialects/standard/README.md',
]).toSorted();

export interface Block {
  readonly page: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
  readonly language: string;
  /**
   * What follows the language. Empty: a test runs the block. `fragment`: part of a program, only parsed. `elsewhere`: needs
   * another machine. A path: the test that does the same.
   */
  readonly info: string;
  readonly text: string;
}

export function readBlocks(page: string): readonly Block[] {
  const source = readFileSync(page, 'utf8');
  return [...source.matchAll(/^( *)```(\w*) *([^\n]*)\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indent = '', language = '', info = '', body = ''] = match;
    const line = source.slice(0, match.index).split('\n').length + 1;
    return { page, line, language, info, text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), '') };
  });
}

/** The text of a page without its fenced blocks. */
export function readProse(page: string): string {
  return readFileSync(page, 'utf8').replaceAll(/^( *)```[\s\S]*?^ *```$/gm, '');
}

/** The cells of every row of every table of a page, without those of the heads. */
export function readRows(page: string): readonly (readonly string[])[] {
  return rowsIn(readProse(page));
}

function rowsIn(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const isRule = (line = ''): boolean => /^\|[ :-]+\|/.test(line);
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The anchors of a page's headings, as repositories of Markdown make them. */
export function readAnchors(page: string): readonly string[] {
  return [...readProse(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The rows of the tables below a heading, up to the next one. */
export function readTable(page: string, heading: string): readonly (readonly string[])[] {
  const [, section] = readProse(page).split(new RegExp(`^#+ ${heading}$`, 'm'));
  return rowsIn((section ?? '').split(/^#+ /m)[0] ?? '');
}
