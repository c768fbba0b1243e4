// The load generator of the bench, a process of its own. It publishes at a fixed rate, however fast the server is (open
// loop: latency counts from the scheduled time, so there is no coordinated omission), or as fast as the server delivers
// (closed loop: a bounded number of deliveries is in flight).
import { createConnection, type Socket } from 'node:net';
import { createHistogram } from '../test/support/histogram.ts';
import { createSplitter } from './http.ts';
import { serveCalls } from '../test/support/part.ts';
import { createPayload, numberDigits, nowUs, timeDigits, timeMark, writeDigits } from './payload.ts';

export interface GeneratorCalls {
  /** Opens connections to a server, and closes those to the server before. */
  connect(input: Destination): Promise<void>;
  run(input: Run): Promise<Published>;
}

/** The server under test, and the events to publish. */
export interface Destination {
  readonly url: string;
  readonly adminKey: string;
  /** Each connection publishes for one of them, in turn. Of one length. */
  readonly tenants: readonly string[];
  /** Used in turn; each is delivered to `fanOut` endpoints. */
  readonly eventTypes: readonly string[];
  readonly fanOut: number;
  readonly payloadBytes: number;
  readonly connections: number;
  /** Port at which the sink sends its count of arrivals; null when nothing is delivered. */
  readonly feedPort: number | null;
}

export interface Run {
  /** Events per second of an open loop; null for a closed loop. */
  readonly rate: number | null;
  /** Deliveries in flight at most, in a closed loop with a sink. */
  readonly window: number;
  /** Times of `nowUs`. Events scheduled before `countFromUs` are published and not counted. */
  readonly startUs: number;
  readonly countFromUs: number;
  readonly endUs: number;
}

/** Figures of the counted part of a run. */
export interface Published {
  readonly seconds: number;
  /** Events that were due, answered 202, answered with another status. */
  readonly due: number;
  readonly accepted: number;
  readonly refused: number;
  /** Events answered 202 in the whole run. */
  readonly acceptedTotal: number;
  /** Deliveries that arrived at the sink. */
  readonly delivered: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** At the end of the run: events due and not published, and deliveries of the whole run that have not arrived. */
  readonly unsent: number;
  readonly undelivered: number;
}

interface Connection {
  readonly socket: Socket;
  readonly request: Buffer;
  scheduledUs: number;
}

/** How long to wait for the last answers. */
const answerMsMax = 20_000;
/** Latencies of the answers of a run. */
const latencies = createHistogram();
let destination: Destination | null = null;
let connections: Connection[] = [];
let free: Connection[] = [];
let feed: Socket | null = null;
let typeBytes: Buffer[] = [];
let offsets = { type: 0, time: 0 };
/** The last count that the sink sent. */
let arrived = 0;
let number = 0;
let onAnswer: (connection: Connection, isAccepted: boolean) => void = () => {};
let onArrivals: () => void = () => {};

async function connectTo(to: Destination): Promise<void> {
  for (const { socket } of connections) socket.destroy();
  feed?.destroy();
  destination = to;
  arrived = 0;
  const requests = to.tenants.map((tenant) => createRequest(to, tenant));
  connections = await Promise.all(
    Array.from({ length: to.connections }, (_, nth) =>
      open(to, Buffer.from(requests[nth % requests.length] ?? '')),
    ),
  );
  free = [...connections];
  feed = to.feedPort === null ? null : await openFeed(to.feedPort);
}

/** The whole request as bytes. Each publication overwrites the event type, the time and the number in it. */
function createRequest({ url, adminKey, eventTypes, payloadBytes }: Destination, tenant: string): Buffer {
  const width = Math.max(...eventTypes.map((type) => type.length)) + 2;
  // Shorter types are padded with spaces, so that all requests have the same length.
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

async function open(to: Destination, request: Buffer): Promise<Connection> {
  const { hostname, port } = new URL(to.url);
  const connection: Connection = { socket: await dial(hostname, Number(port)), request, scheduledUs: 0 };
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

async function openFeed(port: number): Promise<Socket> {
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
  // The sink sends its present count at once.
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve());
  });
  return socket;
}

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function send(connection: Connection, scheduledUs: number): void {
  const { request, socket } = connection;
  connection.scheduledUs = scheduledUs;
  typeBytes[number % typeBytes.length]?.copy(request, offsets.type);
  writeDigits(request, offsets.time, timeDigits, scheduledUs);
  writeDigits(request, offsets.time + timeDigits, numberDigits, ++number);
  socket.write(request);
}

async function run({ rate, window, startUs, countFromUs, endUs }: Run): Promise<Published> {
  if (destination === null) throw new Error('call connect before run');
  const { fanOut, feedPort } = destination;
  const arrivedBefore = arrived;
  let sent = 0;
  let answered = 0;
  let accepted = 0;
  let acceptedTotal = 0;
  let refused = 0;
  latencies.clear();
  const dueBy = (us: number): number =>
    rate === null ? Infinity : Math.floor(((Math.min(us, endUs) - startUs) * rate) / 1_000_000);
  const hasCapacity = (): boolean =>
    rate !== null || feedPort === null || sent * fanOut - (arrived - arrivedBefore) < window;
  const pump = (): void => {
    const now = nowUs();
    if (now >= endUs || now < startUs) return;
    const due = dueBy(now);
    while (sent < due && hasCapacity()) {
      const connection = free.pop();
      if (connection === undefined) return;
      send(connection, rate === null ? now : startUs + Math.floor((sent * 1_000_000) / rate));
      sent++;
    }
  };
  onAnswer = (connection, isAccepted) => {
    free.push(connection);
    answered++;
    if (isAccepted) acceptedTotal++;
    const now = nowUs();
    if (now < endUs && now >= countFromUs) {
      if (isAccepted) accepted++;
      else refused++;
    }
    if (isAccepted && connection.scheduledUs >= countFromUs) latencies.record(now - connection.scheduledUs);
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
    acceptedTotal,
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

serveCalls<GeneratorCalls>({ connect: connectTo, run });
