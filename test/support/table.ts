// Prints rows as a table of aligned columns.

export type Column<Row> = readonly [title: string, of: (row: Row) => string | number];

export function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = [
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, of]) => String(of(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  for (const line of cells) {
    const padded = line.map((cell, index) => cell.padEnd(widths[index] ?? 0));
    process.stdout.write(`${padded.join('  ').trimEnd()}\n`);
  }
}
