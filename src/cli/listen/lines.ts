// What `listen` prints: events on standard output, everything else on standard error.
import type { PulledDelivery } from '#contract/pull.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { Cli } from '../cli.ts';
import { toPlain } from '../output/terminal.ts';
import { clockTime, formatSeconds } from '../output/times.ts';
import type { Answered } from './forward.ts';
import type { Listener } from './listener.ts';
import type { SessionReport, Totals, Verdict } from './session.ts';

export interface ListenLines extends SessionReport {
  ready(listener: Listener, tenant: string, name: string): void;
  dropped(count: number): void;
  total(totals: Totals): void;
  /** Of a request that is not recorded. */
  answeredAgain(delivery: PulledDelivery, answered: Answered): void;
}

export function createLines(cli: Cli, target: URL, origin: string): ListenLines {
  const { terminal, clock } = cli;
  const isJson = cli.flags().json === true;
  const time = (): string => terminal.colors.dim(clockTime(cli, formatTime(clock.now())));
  const talk = (word: string, text: string): void =>
    terminal.note(`  ${terminal.errorColors.bold(word.padEnd(7))}  ${text}`);
  let hasSaidMissed = false;
  return {
    ready({ endpoint, secret, secretReason }, tenant, name) {
      const { mode, eventTypes } = endpoint;
      const types = eventTypes.includes('*') ? 'every event' : eventTypes.map(toPlain).join(', ');
      talk('ready', `${toPlain(tenant)} (${mode}), ${types} -> ${target.href}`);
      const kept = `(stays the same for --name ${toPlain(name)})`;
      talk(
        'secret',
        secret === null ? `not shown: ${toPlain(secretReason ?? '')}` : `${toPlain(secret)} ${kept}`,
      );
    },
    missed(count) {
      if (count === 0 || hasSaidMissed) return;
      hasSaidMissed = true;
      talk('missed', `${plural(count, 'event')} while you were away; sent now`);
    },
    dropped: (count) => talk('missed', `${plural(count, 'event')} dropped`),
    taken({ eventType, event }) {
      if (!isJson) terminal.print(`${time()}  --> ${toPlain(eventType)} [${toPlain(event)}]`);
    },
    answered(delivery, answered, verdict) {
      if (isJson) return terminal.print(JSON.stringify(toJson(delivery, answered, verdict, target)));
      terminal.print(`${time()}  <-- ${describe(cli, delivery, answered, verdict, target)}`);
    },
    answeredAgain(delivery, answered) {
      const isAccepted = answered.status !== undefined && answered.status < 300;
      terminal.print(
        `${time()}  <-- ${describeAnswer(cli, delivery, answered, target, isAccepted)}  not recorded`,
      );
    },
    lost: (reason) => talk('lost', `the connection to ${origin}: ${reason}; connecting again`),
    back: () => talk('back', `connected to ${origin} again; nothing was missed`),
    total({ answered, failed }) {
      talk('end', `${plural(answered, 'request')}, ${failed} failed`);
    },
  };
}

function describe(
  cli: Cli,
  delivery: PulledDelivery,
  answered: Answered,
  { state, code, dueAt }: Verdict,
  target: URL,
): string {
  const answer = describeAnswer(cli, delivery, answered, target, state === 'delivered');
  if (code !== null) return `${answer}  not recorded: it was handed out again meanwhile`;
  if (state === 'exhausted') return `${answer}  will not be tried again`;
  if (dueAt === null) return answer;
  const seconds = Math.max(1, Math.round((Date.parse(dueAt) - cli.clock.now()) / 1000));
  return `${answer}  will be tried again in ${formatSeconds(seconds)}`;
}

function describeAnswer(
  cli: Cli,
  { event }: PulledDelivery,
  { status, message, durationMs }: Answered,
  { href }: URL,
  isAccepted: boolean,
): string {
  const { green, red } = cli.terminal.colors;
  const paint = isAccepted ? green : red;
  const id = `[${toPlain(event)}]`;
  return status === undefined
    ? `${paint('[ERROR]')} POST ${href} ${id}: ${toPlain(message ?? '')}`
    : `${paint(`[${status}]`)} POST ${href} (${durationMs}ms) ${id}`;
}

function toJson(
  { event, eventType, delivery, attempt }: PulledDelivery,
  { status, error, durationMs }: Answered,
  { state, code, dueAt }: Verdict,
  { href }: URL,
) {
  return {
    event,
    eventType,
    delivery,
    attempt,
    url: href,
    status: status ?? null,
    error: error ?? null,
    durationMs,
    state,
    code,
    dueAt,
  };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
