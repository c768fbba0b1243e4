// `carillon stats`: attempts by time.
import { type Command, Option } from 'commander';
import type { AttemptCounts, Stats, StatsQuery } from '#contract/stats.ts';
import { pointInTime } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { createTable } from '../output/table.ts';
import { toPlain } from '../output/terminal.ts';

export function addStats(program: Command, cli: Cli): void {
  program
    .command('stats')
    .description('Count attempts by time, with the percentiles of how long they took.')
    .option('--tenant <tenant>', 'only of this tenant')
    .option('--endpoint <endpoints>', 'only of these endpoints, separated by commas')
    .addOption(new Option('--group-by <what>', 'a row for each of these').choices(['endpoint', 'code']))
    .option('--since <time>', 'from this time on: 15m, 2h, 7d (default: 24h)', pointInTime(cli.clock))
    .addOption(new Option('--bucket <length>', 'length of a row').choices(['minute', 'hour', 'day']))
    .action(async (query: StatsQuery) => {
      const stats = await cli.client().call('readStats', { query });
      await cli.page(stats, (value) => describeStats(cli, value, query.groupBy));
    });
}

type Group = StatsQuery['groupBy'];

function describeStats(cli: Cli, { bucket, since, data }: Stats, group: Group): string {
  const { bold, dim } = cli.terminal.colors;
  if (data.length === 0) return `no attempts since ${since}`;
  const table = createTable(columnsOf(group), { paintHeader: bold, width: cli.terminal.width });
  const sum = (name: 'accepted' | 'refused' | 'unreachable'): number =>
    data.reduce((total, counts) => total + counts[name], 0);
  const total = `${sum('accepted')} accepted, ${sum('refused')} refused, ${sum('unreachable')} unreachable`;
  return [
    ...table.format(data.map((counts) => toRow(counts, group))),
    dim(`${total} since ${since}, by ${bucket}`),
  ].join('\n');
}

function columnsOf(group: Group): readonly string[] {
  const counts = ['ACCEPTED', 'REFUSED', 'UNREACHABLE'];
  // By code there are no percentiles.
  const times = group === 'code' ? [] : ['P50', 'P95', 'P99'];
  return ['START', ...(group === undefined ? [] : [group.toUpperCase()]), ...counts, ...times];
}

function toRow(counts: AttemptCounts, group: Group): string[] {
  const { start, accepted, refused, unreachable, p50Ms, p95Ms, p99Ms } = counts;
  return [
    start,
    ...(group === undefined ? [] : [toPlain(counts[group] ?? '-')]),
    ...[accepted, refused, unreachable].map(String),
    ...(group === 'code' ? [] : [p50Ms, p95Ms, p99Ms].map(toDuration)),
  ];
}

const toDuration = (ms: number | null): string => (ms === null ? '-' : `${Math.round(ms)} ms`);
