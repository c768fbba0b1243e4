// The report of the bench: tables of text.
import { type Case, cases, loads } from './cases.ts';
import { threadFigure } from './measure.ts';
import { threads } from './server.ts';
import type { Spread, Summary, Verdict } from './summary.ts';

export interface Result {
  /** The machine, the versions and the conditions, by name. */
  readonly setting: Readonly<Record<string, string | number>>;
  readonly summary: Summary;
  readonly verdicts: readonly Verdict[];
}

const limitTitles: readonly (readonly [string, string])[] = [
  ['post', 'bare signed POST loop'],
  ['ingest', 'bare ingest loop'],
  ['limit', 'combined limit L'],
  ['sign', 'RSA-3072 signatures, all cores'],
];

export function printReport({ setting, summary, verdicts }: Result): string {
  const measured = cases.filter(({ name }) => summary[name] !== undefined);
  const sections = [
    Object.entries(setting)
      .map(([name, value]) => `${name}: ${value}`)
      .concat(diskLine(summary))
      .join('\n'),
    formatTable(rateHead, [...limitRows(summary), ...measured.map((each) => rateRow(each, summary))]),
    formatTable(threadHead, measured.map((each) => threadRow(each, summary)).filter(isKnown)),
    formatTable(
      latencyHead,
      measured.filter(({ isMain }) => isMain).flatMap((each) => latencyRows(each, summary)),
    ),
    formatTable(['target', 'measured', ''], verdicts.filter(isMeasured).map(verdictRow)),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function diskLine(summary: Summary): string {
  const [median, ends] = spreadCells(summary['disk']?.['syncMs'], 2);
  return `disk: ${median} ms to write 4 KiB and sync (${ends})`;
}

const rateHead = [
  'case',
  'events/s',
  'min – max',
  'of L',
  'of SQLite',
  'CPU µs',
  'database µs',
  'SQL',
  'fsyncs',
  'MiB',
];

function limitRows(summary: Summary): string[][] {
  return limitTitles.flatMap(([name, title]) => {
    const rate = summary[name]?.['eventsPerSecond'];
    return rate === undefined ? [] : [[title, ...spreadCells(rate)]];
  });
}

function rateRow({ name, title }: Case, summary: Summary): string[] {
  const figures = summary[name] ?? {};
  return [
    title,
    ...spreadCells(figures['eventsPerSecond']),
    cell(figures['ofLimit'], 2),
    cell(figures['ofBase'], 2),
    cell(figures['cpuUs'], 0),
    cell(figures['databaseCpuUs'], 0),
    cell(figures['statements'], 3),
    cell(figures['fsyncs'], 3),
    cell(figures['residentMiB'], 0),
  ];
}

const threadHead = ['µs of a delivery, by thread', ...threads, 'the busiest is full at', 'it was'];

/** A thread is full when its processor time per delivery times the rate is all the time there is. */
function threadRow({ name, title, fanOut }: Case, summary: Summary): string[] {
  const figures = summary[name] ?? {};
  const times = threads.map((thread) => figures[threadFigure(thread)]);
  const busiest = Math.max(...threads.map((thread, i) => (thread === 'rest' ? 0 : (times[i]?.median ?? 0))));
  if (busiest === 0) return [''];
  const fullAt = 1_000_000 / busiest / fanOut;
  const share = (100 * (figures['eventsPerSecond']?.median ?? 0)) / fullAt;
  const cells = times.map((time) => cell(time, 1));
  return [title, ...cells, `${format(fullAt, 0)} events/s`, `${format(share, 0)} % full`];
}

function isKnown(row: readonly string[]): boolean {
  return row.at(-1) !== '';
}

const latencyHead = [
  'latency in ms',
  'load',
  'accept p50',
  'p99',
  'min – max',
  'delivered p50',
  'p99',
  'min – max',
];

function latencyRows({ name, title }: Case, summary: Summary): string[][] {
  const figures = summary[name] ?? {};
  return loads.map((load) => [
    title,
    `${load} %`,
    cell(figures[`acceptP50At${load}`], 1),
    ...spreadCells(figures[`acceptP99At${load}`], 1),
    cell(figures[`deliveredP50At${load}`], 1),
    ...spreadCells(figures[`deliveredP99At${load}`], 1),
  ]);
}

function isMeasured({ measured }: Verdict): boolean {
  return measured !== null;
}

function verdictRow({ target, measured, isReached }: Verdict): string[] {
  return [
    target,
    measured === null ? '' : format(measured, measured < 10 ? 3 : 0),
    isReached === true ? 'reached' : 'NOT REACHED',
  ];
}

/** The median, and the range. */
function spreadCells(spread: Spread | undefined, digits = 0): [string, string] {
  if (spread === undefined) return ['', ''];
  return [format(spread.median, digits), `${format(spread.min, digits)} – ${format(spread.max, digits)}`];
}

function cell(spread: Spread | undefined, digits: number): string {
  return spread === undefined ? '' : format(spread.median, digits);
}

function format(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Columns as wide as their widest cell, the first left-aligned, the others right-aligned. Empty without rows. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    widths
      .map((width, column) => {
        const text = row[column] ?? '';
        return column === 0 ? text.padEnd(width) : text.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return [lines[0] ?? '', widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1)].join('\n');
}
