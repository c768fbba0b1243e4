// Cursor pagination: one page, or with --all every page. As a table, as the JSON of the page, or of all pages as NDJSON.
import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { AdminClient } from '../client.ts';
import { openPages } from './pager.ts';
import { createTable } from './table.ts';

const limitMax = 200;

export interface PageFlags {
  readonly limit?: number;
  readonly cursor?: string;
  readonly all?: boolean;
}

interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export interface Columns<T> {
  readonly names: readonly string[];
  readonly row: (entry: T) => readonly string[];
  /** Columns that a narrow terminal leaves out first, in this order. */
  readonly least?: readonly string[];
  /** What is printed instead of an empty table. */
  readonly none: string;
}

export function addPageFlags(command: Command): Command {
  return command
    .option('--limit <count>', `entries per page, at most ${limitMax}`, wholeNumber(1, limitMax))
    .option('--cursor <cursor>', 'continue after an earlier page')
    .option('--all', 'print every page');
}

/** The place of a page, for the query of its list. */
interface PagePlace {
  readonly limit: number | undefined;
  readonly cursor: string | undefined;
}

/** Requests the page, or all pages, and prints each when it arrives, through the pager when it is long. */
export async function printPages<T>(
  cli: Cli,
  { limit, cursor, all }: PageFlags,
  columns: Columns<T>,
  read: (client: AdminClient, place: PagePlace) => Promise<Page<T>>,
): Promise<void> {
  const client = cli.client();
  const isAll = all === true;
  const printer = createPrinter(cli, columns, isAll);
  let place = cursor;
  for (;;) {
    const page = await read(client, { limit: limit ?? (isAll ? limitMax : undefined), cursor: place });
    const isRead = await printer.print(page);
    place = page.nextCursor ?? undefined;
    if (!isAll || place === undefined || !isRead) break;
  }
  await printer.end();
  if (cli.flags().json === true) return;
  const { dim } = cli.terminal.errorColors;
  if (printer.leftOut().length > 0) {
    cli.terminal.note(dim(`left out of a narrow terminal: ${printer.leftOut().join(', ')}`));
  }
  if (place !== undefined && !isAll) cli.terminal.note(dim(`more entries: --cursor ${place}, or --all`));
}

interface Printer<T> {
  /** False when the reader has seen enough. */
  print(page: Page<T>): Promise<boolean>;
  end(): Promise<void>;
  leftOut(): readonly string[];
}

function createPrinter<T>(cli: Cli, columns: Columns<T>, isAll: boolean): Printer<T> {
  const { terminal } = cli;
  const pages = openPages(cli);
  const table = createTable(columns.names, {
    paintHeader: terminal.colors.bold,
    width: terminal.width,
    least: columns.least,
  });
  const isJson = cli.flags().json === true;
  return {
    async print(page) {
      if (isJson) {
        if (isAll) printRows(cli, page.data);
        else cli.answer(page, () => '');
        return true;
      }
      if (page.data.length > 0) return pages.print(table.format(page.data.map(columns.row)).join('\n'));
      terminal.note(columns.none);
      return true;
    },
    end: () => pages.end(),
    leftOut: () => table.leftOut,
  };
}

/** NDJSON: the JSON of each entry on a line. */
export function printRows({ terminal }: Cli, entries: readonly unknown[]): void {
  for (const entry of entries) terminal.print(JSON.stringify(entry));
}
