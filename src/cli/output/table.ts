// Text layout: tables and `name  value` fields.
import { stripVTControlCharacters } from 'node:util';

const gap = '  ';

/** Lays out rows under one header. Later pages keep the column widths of earlier ones. */
export interface Table {
  /** The rows as lines. The first call also returns the header. */
  format(rows: readonly (readonly string[])[]): readonly string[];
}

export function createTable(columns: readonly string[], paintHeader: (text: string) => string): Table {
  const widths = columns.map(widthOf);
  let hasHeader = false;
  const layOut = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0))
      .join(gap)
      .trimEnd();
  return {
    format(rows) {
      for (const cells of rows) {
        cells.forEach((cell, index) => {
          widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
        });
      }
      const header = hasHeader ? [] : [paintHeader(layOut(columns))];
      hasHeader = true;
      return [...header, ...rows.map(layOut)];
    },
  };
}

/** One `name  value` per line. Further lines of a value are indented. */
export function formatFields(
  fields: readonly (readonly [name: string, value: string])[],
  paintName: (text: string) => string,
): string {
  const width = Math.max(0, ...fields.map(([name]) => widthOf(name)));
  const indent = ' '.repeat(width + gap.length);
  return fields
    .map(([name, value]) =>
      `${paintName(pad(name, width))}${gap}${value.replaceAll('\n', `\n${indent}`)}`.trimEnd(),
    )
    .join('\n');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

const segmenter = new Intl.Segmenter();

/** Visible characters (grapheme clusters), without color codes. */
function widthOf(text: string): number {
  const bare = stripVTControlCharacters(text);
  return /^[\x20-\x7e]*$/.test(bare) ? bare.length : Array.from(segmenter.segment(bare)).length;
}
