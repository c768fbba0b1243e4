// The publisher of the bench: a process of its own that publishes either at a fixed rate, whatever the server
// does (open loop: latency counts from the intended time), or as fast as the server delivers (closed loop:
// so much is on its way at any time, no more).
import { connect, type Socket } from 'node:net';
import { createHistogram } from './histogram.ts';
import { createSplitter } from './http.ts';
import { serveCalls } from './part.ts';
import { createPayload, numberDigits, nowUs, timeDigits, timeMark, writeDigits } from './payload.ts';

export interface GeneratorCalls {
  /** Opens connections to a server; those to the one before are closed. */
  aim(input: Aim): Promise<void>;
  run(input: Run): Promise<Published>;
}

export interface Aim {
  readonly url: string;
  readonly adminKey: string;
  readonly tenant: string;
  /** Published in turn; each goes to `fanOut` endpoints. */
  readonly eventTypes: readonly string[];
  readonly fanOut: number;
  readonly payloadBytes: number;
  readonly connections: number;
  /** Where the sink tells its count; null when nothing is delivered. */
  readonly feedPort: number | null;
}

export interface Run {
  /** Events per second; null: as fast as it goes. */
  readonly rate: number | null;
  /** Deliveries under way at most, where `rate` is null and there is a sink. */
  readonly window: number;
  /** In the time of `nowUs`. What is meant for before `countFromUs` is published and not counted. */
  readonly startUs: number;
  readonly countFromUs: number;
  readonly endUs: number;
}

/** Of the counted part of a run. */
export interface Published {
  readonly seconds: number;
  /** Events that were due, answered 202, answered otherwise. */
  readonly due: number;
  readonly accepted: number;
  readonly refused: number;
  /** Events answered 202 in the whole run. */
  readonly acceptedInAll: number;
  /** Deliveries that arrived at the sink. */
  readonly delivered: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Events due and not yet published, and deliveries of the whole run not yet arrived, when it ended. */
  readonly unsent: number;
  readonly undelivered: number;
}

interface Connection {
  readonly socket: Socket;
  readonly request: Buffer;
  intendedUs: number;
}

/** How long the last answers are waited for. */
const answerMsMax = 20_000;
/** Of the answers of a run. */
const latencies = createHistogram();
let aim: Aim | null = null;
let connections: Connection[] = [];
let free: Connection[] = [];
let feed: Socket | null = null;
let typeBytes: Buffer[] = [];
let offsets = { type: 0, time: 0 };
/** The count that the sink told last. */
let arrived = 0;
let number = 0;
let onAnswer: (connection: Connection, isAccepted: boolean) => void = () => {};
let onArrivals: () => void = () => {};

async function point(to: Aim): Promise<void> {
  for (const { socket } of connections) socket.destroy();
  feed?.destroy();
  aim = to;
  arrived = 0;
  const request = createRequest(to);
  connections = await Promise.all(
    Array.from({ length: to.connections }, () => open(to, Buffer.from(request))),
  );
  free = [...connections];
  feed = to.feedPort === null ? null : await listenTo(to.feedPort);
}

/** The whole request as bytes; the type of the event and its time are written over each time. */
function createRequest({ url, adminKey, tenant, eventTypes, payloadBytes }: Aim): Buffer {
  const width = Math.max(...eventTypes.map((type) => type.length)) + 2;
  // Spaces behind the shorter ones: all requests are equally long.
  typeBytes = eventTypes.map((type) => Buffer.from(`"${type}"`.padEnd(width)));
  const body = `{"type":${' '.repeat(width)},"payload":${createPayload(payloadBytes)}}`;
  const head = [
    `POST /admin/v1/tenants/${tenant}/events HTTP/1.1`,
    `host: ${new URL(url).host}`,
    `authorization: Bearer ${adminKey}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ].join('\r\n');
  const bodyAt = head.length + 4;
  offsets = {
    type: bodyAt + '{"type":'.length,
    time: bodyAt + body.indexOf(timeMark, 1) + timeMark.length,
  };
  return Buffer.from(`${head}\r\n\r\n${body}`, 'latin1');
}

async function open(to: Aim, request: Buffer): Promise<Connection> {
  const { hostname, port } = new URL(to.url);
  const connection: Connection = { socket: await dial(hostname, Number(port)), request, intendedUs: 0 };
  let isAccepted = false;
  connection.socket.on(
    'data',
    createSplitter({
      onStart(bytes, at) {
        isAccepted = bytes.toString('latin1', at + 9, at + 12) === '202';
      },
      onEnd: () => onAnswer(connection, isAccepted),
    }),
  );
  return connection;
}

async function listenTo(port: number): Promise<Socket> {
  const socket = await dial('127.0.0.1', port);
  let kept = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk]);
    const whole = kept.length - (kept.length % 8);
    if (whole === 0) return;
    arrived = kept.readDoubleLE(whole - 8);
    kept = kept.subarray(whole);
    onArrivals();
  });
  // It tells where it stands at once.
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve());
  });
  return socket;
}

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function send(connection: Connection, intendedUs: number): void {
  const { request, socket } = connection;
  connection.intendedUs = intendedUs;
  typeBytes[number % typeBytes.length]?.copy(request, offsets.type);
  writeDigits(request, offsets.time, timeDigits, intendedUs);
  writeDigits(request, offsets.time + timeDigits, numberDigits, ++number);
  socket.write(request);
}

async function run({ rate, window, startUs, countFromUs, endUs }: Run): Promise<Published> {
  if (aim === null) throw new Error('aim first');
  const { fanOut, feedPort } = aim;
  const arrivedBefore = arrived;
  let sent = 0;
  let answered = 0;
  let accepted = 0;
  let acceptedInAll = 0;
  let refused = 0;
  latencies.clear();
  const dueBy = (us: number): number =>
    rate === null ? Infinity : Math.floor(((Math.min(us, endUs) - startUs) * rate) / 1_000_000);
  const hasRoom = (): boolean =>
    rate !== null || feedPort === null || sent * fanOut - (arrived - arrivedBefore) < window;
  const pump = (): void => {
    const now = nowUs();
    if (now >= endUs || now < startUs) return;
    const due = dueBy(now);
    while (sent < due && hasRoom()) {
      const connection = free.pop();
      if (connection === undefined) return;
      send(connection, rate === null ? now : startUs + Math.floor((sent * 1_000_000) / rate));
      sent++;
    }
  };
  onAnswer = (connection, isAccepted) => {
    free.push(connection);
    answered++;
    if (isAccepted) acceptedInAll++;
    const now = nowUs();
    if (now < endUs && now >= countFromUs) {
      if (isAccepted) accepted++;
      else refused++;
    }
    if (isAccepted && connection.intendedUs >= countFromUs) latencies.record(now - connection.intendedUs);
    pump();
  };
  onArrivals = pump;

  await until(startUs);
  const timer = setInterval(pump, 1);
  pump();
  await until(countFromUs);
  const from = { us: nowUs(), arrived };
  await until(endUs);
  clearInterval(timer);
  const ended = { us: nowUs(), arrived, unsent: rate === null ? 0 : dueBy(endUs) - sent };
  const undelivered = feedPort === null ? 0 : sent * fanOut - (ended.arrived - arrivedBefore);
  for (let waitedMs = 0; answered < sent && waitedMs < answerMsMax; waitedMs++) await until(nowUs() + 1000);
  if (answered < sent) throw new Error(`${sent - answered} publications were not answered`);
  return {
    seconds: (ended.us - from.us) / 1_000_000,
    due: rate === null ? accepted + refused : ((endUs - countFromUs) * rate) / 1_000_000,
    accepted,
    refused,
    acceptedInAll,
    delivered: ended.arrived - from.arrived,
    p50Ms: latencies.quantileMs(0.5),
    p99Ms: latencies.quantileMs(0.99),
    unsent: ended.unsent,
    undelivered,
  };
}

function until(us: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, (us - nowUs()) / 1000));
  });
}

serveCalls<GeneratorCalls>({ aim: point, run });
