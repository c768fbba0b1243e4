// The receiver of the bench: a process of its own that answers every POST with 200 and counts, with the time
// from the moment an event was meant to be published to its arrival. It listens on as many ports as a
// platform has customers, so that the server keeps a pool for each.
import { createServer, type Server, type Socket } from 'node:net';
import { createHistogram } from './histogram.ts';
import { createSplitter } from './http.ts';
import { serveCalls } from './part.ts';
import { nowUs, readTime } from './payload.ts';

export interface SinkCalls {
  /** Listens on that many ports of loopback. */
  listen(input: { origins: number }): Promise<SinkPorts>;
  /** Forgets the latencies; from now on counts those of events meant for `fromUs` or later. */
  clear(input: { fromUs: number }): void;
  read(input: null): Arrivals;
}

export interface SinkPorts {
  readonly ports: number[];
  /** Where nobody ever answers. */
  readonly silentPort: number;
  /** Where the count of arrivals is told. */
  readonly feedPort: number;
}

export interface Arrivals {
  /** Since the start. */
  readonly total: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
/** How often the count of arrivals is told. */
const feedMs = 2;

let total = 0;
let countFromUs = 0;
const latencies = createHistogram();

function receive(socket: Socket): void {
  let intendedUs: number | null = null;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    createSplitter({
      onStart(bytes, _at, bodyAt) {
        intendedUs = readTime(bytes, bodyAt);
      },
      onEnd() {
        total++;
        if (intendedUs !== null && intendedUs >= countFromUs) latencies.record(nowUs() - intendedUs);
        socket.write(answer);
      },
    }),
  );
}

/** Tells the total, eight bytes each time, to whoever connects. */
function feed(socket: Socket): void {
  let told = -1;
  const timer = setInterval(() => {
    if (told === total) return;
    told = total;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(told);
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
