// Text layout: tables that fit the terminal, and `name  value` fields.
import { stripVTControlCharacters } from 'node:util';

const gap = '  ';
/** A column is cut to this at the least. */
const cutMin = 10;

export interface TableOptions {
  /** In characters; lines are as long as they are when it is not given. */
  readonly width?: number | undefined;
  /** Columns that are left out first where the width does not suffice, in this order; then those on the right. */
  readonly least?: readonly string[] | undefined;
  readonly paintHeader: (text: string) => string;
}

/** Lays out rows under one header. Later pages keep the columns, and at least the widths, of earlier ones. */
export interface Table {
  /** The rows as lines. The first call also returns the header. */
  format(rows: readonly (readonly string[])[]): readonly string[];
  /** The columns that were left out. */
  readonly leftOut: readonly string[];
}

export function createTable(columns: readonly string[], { width, least, paintHeader }: TableOptions): Table {
  const natural = columns.map(widthOf);
  let layout: Layout | null = null;
  return {
    get leftOut() {
      return columns.filter((_, index) => layout !== null && !layout.shown.includes(index));
    },
    format(rows) {
      for (const cells of rows) {
        cells.forEach((cell, index) => {
          natural[index] = Math.max(natural[index] ?? 0, widthOf(cell));
        });
      }
      const isFirst = layout === null;
      const shown = layout?.shown ?? chooseColumns(columns, natural, width, least ?? []);
      const { widths } = (layout = { shown, widths: cutColumns(shown, natural, width) });
      const print = (cells: readonly string[]): string =>
        shown
          .map((index, place) => fill(cells[index] ?? '', widths[place] ?? 0))
          .join(gap)
          .trimEnd();
      return [...(isFirst ? [paintHeader(print(columns))] : []), ...rows.map(print)];
    },
  };
}

/** Which columns are printed, and how wide. */
interface Layout {
  readonly shown: readonly number[];
  readonly widths: readonly number[];
}

/** All columns that fit the width when they are cut. The first one, an id to copy, is never cut. */
function chooseColumns(
  columns: readonly string[],
  natural: readonly number[],
  width = Number.POSITIVE_INFINITY,
  least: readonly string[],
): readonly number[] {
  const narrow = natural.map((size, index) => (index === 0 ? size : Math.min(size, cutMin)));
  const order = [...least.map((name) => columns.indexOf(name)), ...[...columns.keys()].toReversed()];
  let shown = [...columns.keys()];
  for (const index of order) {
    if (lengthOf(shown.map((one) => narrow[one] ?? 0)) <= width) break;
    if (index > 0) shown = shown.filter((one) => one !== index);
  }
  return shown;
}

/** The widths at which the columns fit: the widest are cut. */
function cutColumns(
  shown: readonly number[],
  natural: readonly number[],
  width = Number.POSITIVE_INFINITY,
): readonly number[] {
  const widths = shown.map((index) => natural[index] ?? 0);
  for (let excess = lengthOf(widths) - width; excess > 0; excess -= 1) {
    const widest = Math.max(...widths.slice(1));
    if (widest <= cutMin) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
  }
  return widths;
}

function lengthOf(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1));
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
      `${paintName(fill(name, width))}${gap}${value.replaceAll('\n', `\n${indent}`)}`.trimEnd(),
    )
    .join('\n');
}

/** The text in exactly `width` characters. What is cut loses its color. */
function fill(text: string, width: number): string {
  const missing = width - widthOf(text);
  if (missing >= 0) return text + ' '.repeat(missing);
  return `${charactersOf(stripVTControlCharacters(text))
    .slice(0, Math.max(0, width - 1))
    .join('')}…`;
}

const segmenter = new Intl.Segmenter();

/** Grapheme clusters. */
function charactersOf(bare: string): string[] {
  return Array.from(segmenter.segment(bare), ({ segment }) => segment);
}

/** Visible characters, without color codes. */
function widthOf(text: string): number {
  const bare = stripVTControlCharacters(text);
  return /^[\x20-\x7e]*$/.test(bare) ? bare.length : charactersOf(bare).length;
}
