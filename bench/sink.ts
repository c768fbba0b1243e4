// The sink of the bench: a receiver in a process of its own that answers every POST with 200, counts them, and measures the
// time from the scheduled publication of an event to its arrival. It listens on many ports, because the server keeps a
// connection pool per origin.
import { createServer, type Server, type Socket } from 'node:net';
import { createHistogram } from '../test/support/histogram.ts';
import { createSplitter } from './http.ts';
import { serveCalls } from '../test/support/part.ts';
import { nowUs, readTime } from './payload.ts';

export interface SinkCalls {
  /** Listens on this many ports of loopback. */
  listen(input: { origins: number }): Promise<SinkPorts>;
  /** Clears the latencies. From now on it measures events scheduled for `fromUs` or later. */
  clear(input: { fromUs: number }): void;
  read(input: null): Arrivals;
}

export interface SinkPorts {
  readonly ports: number[];
  /** A port that accepts connections and never answers. */
  readonly silentPort: number;
  /** A port that sends the count of arrivals. */
  readonly feedPort: number;
}

export interface Arrivals {
  /** Arrivals since the start. */
  readonly total: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
/** How often the count of arrivals is sent. */
const feedMs = 2;

let total = 0;
let countFromUs = 0;
const latencies = createHistogram();

function receive(socket: Socket): void {
  let scheduledUs: number | null = null;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    createSplitter({
      onStart(bytes, _at, bodyAt) {
        scheduledUs = readTime(bytes, bodyAt);
      },
      onEnd() {
        total++;
        if (scheduledUs !== null && scheduledUs >= countFromUs) latencies.record(nowUs() - scheduledUs);
        socket.write(answer);
      },
    }),
  );
}

/** Sends the total to the client, as eight bytes, whenever it has changed. */
function feed(socket: Socket): void {
  let sent = -1;
  const timer = setInterval(() => {
    if (sent === total) return;
    sent = total;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(sent);
    socket.write(bytes);
  }, feedMs);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => clearInterval(timer));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
    });
  });
}

serveCalls<SinkCalls>({
  async listen({ origins }) {
    const ports: number[] = [];
    for (let i = 0; i < origins; i++) ports.push(await listen(createServer(receive)));
    const silent = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
    return {
      ports,
      silentPort: await listen(silent),
      feedPort: await listen(createServer(feed)),
    };
  },
  clear({ fromUs }) {
    countFromUs = fromUs;
    latencies.clear();
  },
  read: () => ({ total, p50Ms: latencies.quantileMs(0.5), p99Ms: latencies.quantileMs(0.99) }),
});
