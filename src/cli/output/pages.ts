// Cursor pagination: one page, or with --all every page. As a table, as the JSON of the page, or of all pages as NDJSON.
import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import type { AdminClient } from '../client.ts';
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

/** Requests the page, or all pages, and prints each when it arrives. */
export async function printPages<T>(
  cli: Cli,
  { limit, cursor, all }: PageFlags,
  columns: Columns<T>,
  read: (client: AdminClient, place: PagePlace) => Promise<Page<T>>,
): Promise<void> {
  const client = cli.client();
  const print = createPrinter(cli, columns, all === true);
  let place = cursor;
  for (;;) {
    const page = await read(client, { limit: limit ?? (all === true ? limitMax : undefined), cursor: place });
    print(page);
    place = page.nextCursor ?? undefined;
    if (all !== true || place === undefined) break;
  }
  if (place !== undefined && cli.flags().json !== true) {
    cli.terminal.note(cli.terminal.errorColors.dim(`more entries: --cursor ${place}, or --all`));
  }
}

function createPrinter<T>(cli: Cli, columns: Columns<T>, isAll: boolean): (page: Page<T>) => void {
  if (isAll && cli.flags().json === true) return ({ data }) => printRows(cli, data);
  const table = createTable(columns.names, cli.terminal.colors.bold);
  return (page) => {
    if (page.data.length === 0 && cli.flags().json !== true) cli.terminal.note(columns.none);
    else cli.answer(page, ({ data }) => table.format(data.map(columns.row)).join('\n'));
  };
}

/** NDJSON: the JSON of each entry on a line. */
export function printRows({ terminal }: Cli, entries: readonly unknown[]): void {
  for (const entry of entries) terminal.print(JSON.stringify(entry));
}
