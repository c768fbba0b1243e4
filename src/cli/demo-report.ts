// What the demo tells: every attempt as it happens, and a summary.
import { formatTime } from '#lib/rfc3339.ts';
import type { Cli } from './cli.ts';
import type { SeenAttempt } from './demo-receiver.ts';

/** What became of everything, in numbers. */
interface DemoSummary {
  /** Everything was delivered, and every signature was right. */
  readonly ok: boolean;
  readonly events: number;
  readonly deliveries: number;
  readonly delivered: number;
  readonly attempts: number;
  readonly retries: number;
  readonly signatures: { readonly verified: number; readonly wrong: number };
  /** From the call that publishes to the arrival of the attempt that was accepted; null without any. */
  readonly p50LatencyMs: number | null;
}

/** What the log of the server says in the end. */
export interface DeliveryCount {
  readonly deliveries: number;
  readonly delivered: number;
  readonly attempts: number;
}

export interface DemoReport {
  readonly started: (serverUrl: string, dialects: readonly string[]) => void;
  readonly published: (eventId: string, at: number) => void;
  readonly attempted: (attempt: SeenAttempt) => void;
  /** Prints the summary and answers it. */
  readonly end: (count: DeliveryCount) => DemoSummary;
}

export function createDemoReport(cli: Cli): DemoReport {
  const { terminal } = cli;
  const isQuiet = cli.flags().json === true;
  const publishedAt = new Map<string, number>();
  const attempts: SeenAttempt[] = [];
  const latencyOf = ({ eventId, receivedAt }: SeenAttempt): number =>
    receivedAt - (publishedAt.get(eventId) ?? receivedAt);
  return {
    started(serverUrl, dialects) {
      if (!isQuiet) terminal.print(introduce(cli, serverUrl, dialects));
    },
    published: (eventId, at) => void publishedAt.set(eventId, at),
    attempted(attempt) {
      attempts.push(attempt);
      if (!isQuiet) terminal.print(describeAttempt(cli, attempt, latencyOf(attempt)));
    },
    end(count) {
      const summary = summarize(publishedAt.size, count, attempts, latencyOf);
      cli.answer(summary, (value) => describeSummary(cli, value));
      return summary;
    },
  };
}

function introduce(cli: Cli, serverUrl: string, dialects: readonly string[]): string {
  const { bold, dim, cyan } = cli.terminal.colors;
  return [
    `${bold('Carillon')} runs on ${cyan(serverUrl)} with a tenant for each dialect: ${dialects.join(', ')}.`,
    'Each line is one attempt that reached a receiver on this machine, which checks the signature by itself.',
    dim('It fails some first attempts on purpose: their retry comes after about 5 s.'),
    '',
  ].join('\n');
}

function describeAttempt(cli: Cli, attempt: SeenAttempt, latencyMs: number): string {
  const { dim, green, red, yellow } = cli.terminal.colors;
  const { dialect, eventType, status, problem, number, receivedAt } = attempt;
  const paint = status < 300 ? green : yellow;
  const signature = problem === null ? green('signature ok ✔') : red(`signature wrong ✘ ${problem}`);
  return [
    dim(formatTime(receivedAt).slice(11)),
    '→',
    dialect.padEnd(8),
    eventType.padEnd(20),
    paint(String(status)),
    signature,
    `attempt ${number}`,
    dim(`${formatMs(latencyMs)} after publish`),
  ].join('  ');
}

function summarize(
  events: number,
  count: DeliveryCount,
  attempts: readonly SeenAttempt[],
  latencyOf: (attempt: SeenAttempt) => number,
): DemoSummary {
  const wrong = attempts.filter(({ problem }) => problem !== null).length;
  const { deliveries, delivered } = count;
  return {
    ok: deliveries > 0 && delivered === deliveries && wrong === 0,
    events,
    deliveries,
    delivered,
    attempts: count.attempts,
    retries: count.attempts - deliveries,
    signatures: { verified: attempts.length - wrong, wrong },
    p50LatencyMs: median(attempts.filter(({ status }) => status < 300).map(latencyOf)),
  };
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

function describeSummary(cli: Cli, summary: DemoSummary): string {
  const { bold, green, red } = cli.terminal.colors;
  const { events, deliveries, delivered, attempts, retries, signatures, p50LatencyMs } = summary;
  const latency = p50LatencyMs === null ? '' : `, p50 ${formatMs(p50LatencyMs)} from publish to delivered`;
  const checked =
    signatures.wrong === 0
      ? `all ${signatures.verified} signatures verified`
      : red(`${signatures.wrong} of ${attempts} signatures wrong`);
  const verdict = summary.ok ? green('everything arrived') : red(`${deliveries - delivered} not delivered`);
  return [
    '',
    `${bold('Summary')}: ${verdict}`,
    `  ${events} events, ${deliveries} deliveries, ${attempts} attempts, ${retries} retries`,
    `  ${checked}${latency}`,
  ].join('\n');
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
