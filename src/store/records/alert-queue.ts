// What channels are owed: signals become messages, a process claims a channel with what is due there, and says how sending
// ended. A crash between sending and `settle` sends again: at least once.
import {
  type AlertMessage,
  alertTypes,
  channelRetryMs,
  type AlertSignal,
  contactChannel,
  contactTypes,
  contactWindowMs,
  hourMs,
  messagesPerSend,
  sendsMax,
} from '#core/alert.ts';
import { foldSignal, type Listener, type SubjectState, troubles, type Window } from '#core/alert-fold.ts';
import type { TenantContact, TenantId } from '#core/tenant.ts';
import { assignments, columnList, insertInto, join, parseJson, sql } from '../sql.ts';
import type { AlertQueue, ClaimedAlerts, ClaimTerms, FoldTerms } from '../store.ts';
import { alertFormat, selectAlerts } from './alerts.ts';
import { noteSignals, signalFormat } from './alert-signals.ts';
import type { Engine } from './engine.ts';
import { defineFormat, plain, type StoredRow } from './fields.ts';
import { all, get, run, type Work } from './work.ts';

export function createAlertQueue(engine: Engine): AlertQueue {
  return {
    note: (signals) => engine.transaction(() => noteSignals(signals)),
    isAskedFor: (type) => engine.read(isAskedFor(type)),
    hasWork: (now) => engine.read(hasWork(now)),
    fold: (terms) => engine.transaction(() => fold(engine, terms)),
    claim: (terms) => engine.transaction(() => claim(engine, terms)),
    settle: (claimed, error, now) => engine.transaction(() => settle(claimed, error, now)),
  };
}

const messageFormat = defineFormat<AlertMessage>({
  id: plain(),
  type: plain(),
  subject: plain(),
  tenant: plain(),
  mode: plain(),
  endpoint: plain(),
  host: plain(),
  code: plain(),
  since: plain(),
  at: plain(),
  count: plain(),
  attempts: plain(),
  dueAt: plain(),
});

/** Signals of one transaction: they stay locked until it ends, so that it is short. */
const signalsPerFold = 50;
const channelsPerClaim = 20;
/** What was told of an endpoint that neither fails again nor recovers, such as a removed one, is forgotten after so long. */
const windowKeptMs = 30 * 86_400_000;

function* isAskedFor(type: AlertSignal['type']): Work<boolean> {
  const rows = yield* all<StoredRow>(sql`${selectAlerts} where enabled`);
  return rows.map(alertFormat.read).some(({ types }) => types.includes(type));
}

function* hasWork(now: number): Work<boolean> {
  const row = yield* get(sql`
    select 1 from alert_signals union all select 1 from alert_messages where due_at <= ${now} limit 1`);
  return row !== undefined;
}

interface Channel extends Listener {
  readonly name: string;
  readonly hears: (tenant: TenantId) => boolean;
}

/** Returns how many signals it took. */
function* fold(engine: Engine, terms: FoldTerms): Work<number> {
  const rows = yield* all<StoredRow>(sql`
    select ${columnList(signalFormat.columns)} from alert_signals
    order by subject, type limit ${signalsPerFold} ${engine.fragments.lockRows}`);
  if (rows.length === 0) return 0;
  const signals = rows.map(signalFormat.read);
  const subjects = [...new Set(signals.map(({ subject }) => subject))];
  const channels = yield* listChannels(engine, signals);
  const names = channels.map(({ name }) => name);
  const states = yield* readStates(engine, names, subjects);
  const hosts = yield* readHosts(engine, signals);
  for (const signal of inOrder(signals)) {
    for (const channel of channels) {
      if (!channel.types.includes(signal.type) || !channel.hears(signal.tenant)) continue;
      yield* tell(channel, signal, hosts.get(signal.endpoint ?? '') ?? null, states, terms);
    }
    yield* run(sql`delete from alert_signals where subject = ${signal.subject} and type = ${signal.type}`);
  }
  yield* run(sql`delete from alert_windows where ends_at < ${terms.now - windowKeptMs}`);
  return signals.length;
}

/** What happened first is told first. An endpoint that fails and is disabled by one batch of results failed first. */
function inOrder(signals: readonly AlertSignal[]): AlertSignal[] {
  const rank = ({ type }: AlertSignal): number => alertTypes.indexOf(type);
  return signals.toSorted((a, b) => a.at - b.at || rank(a) - rank(b));
}

function* listChannels(engine: Engine, signals: readonly AlertSignal[]): Work<Channel[]> {
  const { anyOf } = engine.fragments;
  const alerts = (yield* all<StoredRow>(sql`${selectAlerts} where enabled`)).map(alertFormat.read);
  const tenants = [...new Set(signals.map(({ tenant }) => tenant))];
  const contacts = yield* all<{ id: TenantId }>(sql`
    select id from tenants where contact is not null and removed_at is null and id ${anyOf(tenants)}`);
  return [
    ...alerts.map(({ id, types, windowMs, tenants: own }) => ({
      name: id,
      types,
      windowMs,
      hears: (tenant: TenantId) => own === null || own.includes(tenant),
    })),
    ...contacts.map(({ id }) => ({
      name: contactChannel(id),
      types: contactTypes,
      windowMs: contactWindowMs,
      hears: (tenant: TenantId) => tenant === id,
    })),
  ];
}

/** By channel and subject. */
type States = Map<string, { windows: Map<string, Window>; waiting: Set<string> }>;

interface StateRow {
  readonly channel: string;
  readonly subject: string;
  readonly type: string;
  readonly ends_at: number;
  readonly is_told: boolean | number;
}

function* readStates(
  { fragments: { anyOf } }: Engine,
  channels: readonly string[],
  subjects: readonly string[],
): Work<States> {
  const among = sql`channel ${anyOf(channels)} and subject ${anyOf(subjects)}`;
  const windows = yield* all<StateRow>(sql`
    select channel, subject, type, ends_at, is_told from alert_windows where ${among}`);
  const waiting = yield* all<StateRow>(sql`select channel, subject, type from alert_messages where ${among}`);
  const states: States = new Map();
  for (const row of windows) {
    stateOf(states, row).windows.set(row.type, { endsAt: row.ends_at, isTold: Boolean(row.is_told) });
  }
  for (const row of waiting) stateOf(states, row).waiting.add(row.type);
  return states;
}

function stateOf(states: States, { channel, subject }: { channel: string; subject: string }) {
  const key = `${channel} ${subject}`;
  const state = states.get(key) ?? { windows: new Map<string, Window>(), waiting: new Set<string>() };
  states.set(key, state);
  return state satisfies SubjectState;
}

function* readHosts(
  { fragments }: Engine,
  signals: readonly AlertSignal[],
): Work<Map<string, string | null>> {
  const ids = [...new Set(signals.flatMap(({ endpoint }) => endpoint ?? []))];
  const rows = yield* all<{ id: string; url: string }>(sql`
    select id, url from endpoints where id ${fragments.anyOf(ids)}`);
  return new Map(rows.map(({ id, url }) => [id, URL.parse(url)?.host ?? null]));
}

/** Writes the message for a signal, or counts it in the one that waits. */
function* tell(
  channel: Channel,
  signal: AlertSignal,
  host: string | null,
  states: States,
  { newId }: FoldTerms,
): Work<void> {
  const { subject, type } = signal;
  const state = stateOf(states, { channel: channel.name, subject });
  const { dueAt, dropped } = foldSignal(signal, channel, state);
  for (const other of dropped) {
    state.waiting.delete(other);
    yield* run(sql`
      delete from alert_messages where channel = ${channel.name} and subject = ${subject} and type = ${other}`);
  }
  if (dueAt === null) return;
  state.waiting.add(type);
  const row = messageFormat.write({ ...signal, id: newId(), host, attempts: 0, dueAt });
  yield* run(sql`
    ${insertInto('alert_messages', { channel: channel.name, ...row })}
    on conflict (channel, subject, type) do update set
      count = alert_messages.count + excluded.count, code = excluded.code, at = excluded.at`);
}

interface ChannelRow {
  readonly channel: string;
  readonly lease: number;
  readonly hour_started_at: number;
  readonly hour_sent: number;
}

function* claim(engine: Engine, terms: ClaimTerms): Work<ClaimedAlerts[]> {
  const { now } = terms;
  const rows = yield* all<{ channel: string }>(sql`
    select distinct m.channel from alert_messages m
    left join alert_channels c on c.channel = m.channel
    where m.due_at <= ${now} and (c.channel is null or (c.claimed_until <= ${now} and c.retry_at <= ${now}))
      and not exists (select 1 from alerts a where a.id = m.channel and a.snoozed_until > ${now})
    order by m.channel limit ${channelsPerClaim}`);
  const claimed: ClaimedAlerts[] = [];
  for (const { channel } of rows) {
    const one = yield* claimChannel(engine, channel, terms);
    if (one !== null) claimed.push(one);
  }
  return claimed;
}

/** Null when there is nothing to send there now. */
function* claimChannel(engine: Engine, channel: string, terms: ClaimTerms): Work<ClaimedAlerts | null> {
  const { now, leaseMs, perHourMax } = terms;
  const found = yield* findChannel(channel);
  if (found === null) {
    yield* run(sql`delete from alert_messages where channel = ${channel}`);
    return null;
  }
  yield* run(sql`
    insert into alert_channels (channel, claimed_until, lease, failures, retry_at, hour_started_at, hour_sent)
    values (${channel}, 0, 0, 0, 0, ${now}, 0) on conflict (channel) do nothing`);
  const row = yield* get<ChannelRow>(sql`
    select channel, lease, hour_started_at, hour_sent from alert_channels
    where channel = ${channel} and claimed_until <= ${now} and retry_at <= ${now} ${engine.fragments.lockRows}`);
  if (row === undefined) return null;
  const isNewHour = now >= row.hour_started_at + hourMs;
  const hour = isNewHour
    ? { hour_started_at: now, hour_sent: 0 }
    : { hour_started_at: row.hour_started_at, hour_sent: row.hour_sent };
  if (hour.hour_sent >= perHourMax) {
    // The rest is sent together when the hour is over.
    const retryAt = hour.hour_started_at + hourMs;
    yield* run(sql`update alert_channels set retry_at = ${retryAt} where channel = ${channel}`);
    return null;
  }
  const lease = row.lease + 1;
  const taken = { lease, claimed_until: now + leaseMs, ...hour, hour_sent: hour.hour_sent + 1 };
  yield* run(sql`update alert_channels set ${assignments(taken)} where channel = ${channel}`);
  const messages = (yield* all<StoredRow>(sql`
    select ${columnList(messageFormat.columns)} from alert_messages
    where channel = ${channel} and due_at <= ${now} order by due_at, id limit ${messagesPerSend}`)).map(
    messageFormat.read,
  );
  for (const message of messages) yield* openWindow(channel, message, now + found.windowMs);
  return { channel, lease, messages, ...found };
}

type Found = Pick<ClaimedAlerts, 'name' | 'alert' | 'via' | 'windowMs'>;

/** Null for an alert that is removed or disabled, and for a tenant that has no contact. */
function* findChannel(channel: string): Work<Found | null> {
  const row = yield* get<StoredRow>(sql`${selectAlerts} where id = ${channel} and enabled`);
  if (row !== undefined) {
    const { id, name, via, windowMs } = alertFormat.read(row);
    return { name, alert: id, via, windowMs };
  }
  const tenant = /^contact:(.+)$/.exec(channel)?.[1];
  if (tenant === undefined) return null;
  const found = yield* get<{ name: string; contact: string }>(sql`
    select name, contact from tenants where id = ${tenant} and contact is not null and removed_at is null`);
  if (found === undefined) return null;
  const { emails } = parseJson<TenantContact>(found.contact);
  return { name: found.name, alert: null, via: { kind: 'email', to: emails }, windowMs: contactWindowMs };
}

/** From now on this is told, and the next of its kind waits. */
function* openWindow(channel: string, { subject, type }: AlertMessage, endsAt: number): Work<void> {
  yield* run(sql`
    ${insertInto('alert_windows', { channel, subject, type, ends_at: endsAt, is_told: true })}
    on conflict (channel, subject, type) do update set ends_at = excluded.ends_at, is_told = excluded.is_told`);
  if (type !== 'endpoint.recovered') return;
  const types = join(troubles.map((one) => sql`${one}`));
  yield* run(sql`
    update alert_windows set is_told = ${false}
    where channel = ${channel} and subject = ${subject} and type in (${types})`);
}

/** Returns how many messages were given up. */
function* settle(claimed: ClaimedAlerts, error: string | null, now: number): Work<number> {
  const { channel, lease } = claimed;
  const row = yield* get<{ failures: number }>(sql`
    select failures from alert_channels where channel = ${channel} and lease = ${lease}`);
  if (row === undefined) return 0;
  const failures = error === null ? 0 : row.failures + 1;
  const ended =
    error === null
      ? { last_sent_at: now, last_error: null, retry_at: 0 }
      : { last_error: error, last_error_at: now, retry_at: now + channelRetryMs(failures) };
  const changed = yield* run(sql`
    update alert_channels set ${assignments({ claimed_until: 0, failures, ...ended })}
    where channel = ${channel} and lease = ${lease}`);
  if (changed === 0) return 0;
  return error === null ? yield* sent(claimed, now) : yield* failed(claimed);
}

/** What has happened since the claim is left, and is told at the end of the window. */
function* sent({ channel, messages, windowMs }: ClaimedAlerts, now: number): Work<number> {
  for (const { id, count } of messages) {
    yield* run(sql`
      update alert_messages set count = count - ${count}, attempts = 0, due_at = ${now + windowMs}
      where channel = ${channel} and id = ${id}`);
  }
  yield* run(sql`delete from alert_messages where channel = ${channel} and count <= 0`);
  return 0;
}

function* failed({ channel, messages }: ClaimedAlerts): Work<number> {
  for (const { id } of messages) {
    yield* run(sql`
      update alert_messages set attempts = attempts + 1 where channel = ${channel} and id = ${id}`);
  }
  return yield* run(sql`delete from alert_messages where channel = ${channel} and attempts >= ${sendsMax}`);
}
