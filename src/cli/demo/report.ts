// Output of the demo: platforms, attempts and a summary.
import { formatTime } from '#lib/rfc3339.ts';
import type { Cli } from '../cli.ts';
import type { DemoPlatform } from './platform.ts';
import type { SeenAttempt } from './receiver.ts';
import { type DemoSummary, type Numbers, summarize, type TimedAttempt } from './summary.ts';
import type { DeliveryCount } from './tenants.ts';
import { createTable } from '../output/table.ts';

export interface DemoReport {
  readonly started: (serverUrl: string) => void;
  readonly enrolling: (platform: DemoPlatform) => void;
  readonly enrolled: (platform: DemoPlatform) => void;
  /** All platforms have an endpoint; publishing starts. */
  readonly publishing: () => void;
  /** Called before the request: the first attempt may arrive before its answer. */
  readonly published: (platform: DemoPlatform, type: string, at: number) => void;
  readonly attempted: (attempt: SeenAttempt) => void;
  /** Prints and returns the summary. `counts` is in the order of the platforms. */
  readonly end: (counts: readonly DeliveryCount[]) => DemoSummary;
}

export function createDemoReport(cli: Cli, platforms: readonly DemoPlatform[]): DemoReport {
  const { terminal } = cli;
  const isQuiet = cli.flags().json === true;
  const print = (text: string): void => {
    if (!isQuiet) terminal.print(text);
  };
  const introductions = introducePlatforms(cli, platforms);
  const describeAttempt = createDescription(cli, platforms);
  const publishedAt = new Map<string, number>();
  const attempts: TimedAttempt[] = [];
  return {
    started: (serverUrl) => print(`${introduceServer(cli, serverUrl)}\n${introductions.header}`),
    enrolling({ name, waitsFor }) {
      if (!isQuiet && waitsFor !== undefined) terminal.progress(`${name}: ${waitsFor} …`);
    },
    enrolled: ({ name }) => print(introductions.lines.get(name) ?? name),
    publishing: () => print(`\n${announceAttempts(cli, platforms)}\n`),
    published: ({ name }, type, at) => void publishedAt.set(`${name} ${type}`, at),
    attempted(attempt) {
      const { platform, eventType, receivedAt } = attempt;
      const since = publishedAt.get(`${platform} ${eventType}`) ?? receivedAt;
      const timed = { ...attempt, latencyMs: receivedAt - since };
      attempts.push(timed);
      print(describeAttempt(timed));
    },
    end(counts) {
      const summary = summarize(
        platforms.map(({ name, samples }, index) => ({
          platform: name,
          events: samples.length,
          count: counts[index] ?? { deliveries: 0, delivered: 0, attempts: 0 },
          attempts: attempts.filter(({ platform }) => platform === name),
        })),
      );
      cli.answer(summary, (value) => describeSummary(cli, value));
      return summary;
    },
  };
}

function introduceServer(cli: Cli, serverUrl: string): string {
  const { bold, cyan } = cli.terminal.colors;
  return [
    `${bold('Carillon')} runs on ${cyan(serverUrl)}, with a tenant for each platform. A client of each platform`,
    "creates an endpoint through its API. A receiver verifies the deliveries by the platform's public rules.",
    '',
  ].join('\n');
}

/** A line for each platform. They are aligned first, and printed when the platform is set up. */
function introducePlatforms(cli: Cli, platforms: readonly DemoPlatform[]) {
  const { bold, dim } = cli.terminal.colors;
  const table = createTable(['PLATFORM', 'RECEIVER VERIFIES', 'ENDPOINT CREATED AT', 'AUTH'], {
    paintHeader: dim,
  });
  const rows = platforms.map(({ name, checks, route, auth }) => [bold(name), checks, dim(route), dim(auth)]);
  const [header = '', ...lines] = table.format(rows);
  return { header, lines: new Map(platforms.map(({ name }, index) => [name, lines[index] ?? ''])) };
}

function announceAttempts(cli: Cli, platforms: readonly DemoPlatform[]): string {
  const isRefused = ({ samples }: DemoPlatform): boolean =>
    samples.some(({ firstAnswer }) => firstAnswer !== undefined);
  const refused = platforms.filter(isRefused);
  const others = platforms.filter((platform) => !isRefused(platform));
  return cli.terminal.colors.dim(
    `To show a retry, the receiver refuses one event each of ${listRetries(refused)}.\n` +
      `It refuses none where the first retry comes too late for this demo: ${listRetries(others)}.`,
  );
}

/** `chip (after 2 min), standard and diddo (after 5 s)`. */
function listRetries(platforms: readonly DemoPlatform[]): string {
  const byTime = Map.groupBy(platforms, ({ firstRetry }) => firstRetry);
  const names = new Intl.ListFormat('en');
  return [...byTime]
    .map(([after, some]) => `${names.format(some.map(({ name }) => name))} (after ${after})`)
    .join(', ');
}

/** Formats an attempt as one line, with columns as wide as the samples need. */
function createDescription(cli: Cli, platforms: readonly DemoPlatform[]): (attempt: TimedAttempt) => string {
  const { dim, green, red, yellow } = cli.terminal.colors;
  const nameWidth = widest(platforms.map(({ name }) => name));
  const typeWidth = widest(platforms.flatMap(({ samples }) => samples.map(({ type }) => type)));
  return ({ platform, eventType, status, problem, number, receivedAt, latencyMs }) =>
    [
      dim(formatTime(receivedAt).slice(11)),
      '→',
      platform.padEnd(nameWidth),
      eventType.padEnd(typeWidth),
      (status < 300 ? green : yellow)(String(status)),
      problem === null ? green('signature ok ✔') : red('signature ✘   '),
      `attempt ${number}`,
      dim(`${formatMs(latencyMs)} after publish`),
    ].join('  ') + (problem === null ? '' : red(`\n    ${problem}`));
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}

const summaryColumns = [
  'PLATFORM',
  'EVENTS',
  'DELIVERED',
  'ATTEMPTS',
  'RETRIES',
  'SIGNATURES VERIFIED',
  'P50',
];

function describeSummary(cli: Cli, summary: DemoSummary): string {
  const { bold, dim, green, red } = cli.terminal.colors;
  const paint = summary.ok ? green : red;
  const row = (name: string, numbers: Numbers): readonly string[] => {
    const { events, deliveries, delivered, attempts, retries, signatures, p50LatencyMs } = numbers;
    const { verified, wrong } = signatures;
    return [
      name,
      String(events),
      `${delivered} of ${deliveries}`,
      String(attempts),
      String(retries),
      `${verified} of ${verified + wrong}`,
      p50LatencyMs === null ? '-' : formatMs(p50LatencyMs),
    ];
  };
  const rows = summary.platforms.map((numbers) => row(numbers.platform, numbers));
  return [
    '',
    ...createTable(summaryColumns, { paintHeader: dim }).format([...rows, row(bold('all'), summary)]),
    '',
    `${paint(describeVerdict(summary))} ${dim('P50: publish to arrival of the first attempt.')}`,
  ].join('\n');
}

function describeVerdict({ ok, deliveries, delivered, signatures }: DemoSummary): string {
  if (ok) return 'All events were delivered, and all signatures are valid.';
  return `${deliveries - delivered} deliveries failed, ${signatures.wrong} signatures were wrong.`;
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
