// The hosts of a database, of which one is the primary, and the connections to it. When another one has become the primary,
// every connection to the one before is closed at once: a host that is cut off closes none itself, and a statement that waits
// for it would wait for its timeout.
import { Socket } from 'node:net';
import pg from 'pg';
import { systemClock } from '#lib/clock.ts';
import { splitHosts } from '#lib/postgres-url.ts';
import { Primary } from '#lib/primary.ts';
import { StoreError } from '../sql.ts';
import { hasCode, ReadOnly } from './advice.ts';
import { connectionOptions, nameServer } from './connection.ts';

interface Host {
  readonly name: string;
  readonly options: pg.ClientConfig;
  /** Of its open connections. */
  readonly sockets: Set<Socket>;
}

/** How long a host has to say whether it takes writes. */
const askMs = 2_000;

export class Hosts {
  /** The servers and the database, without the password, for messages. */
  readonly name: string;
  /** Whether a server is asked if it takes writes, before it is used. */
  readonly isAsked: boolean;
  readonly #primary: Primary<Host>;

  constructor(url: string, more: pg.ClientConfig) {
    const { urls, isAsked } = split(url);
    const open = (one: string): Host => {
      const options = { ...connectionOptions(one), ...more };
      return { name: nameServer(options), options, sockets: new Set() };
    };
    const [first, ...others] = urls;
    const hosts = [open(first), ...others.map(open)] as const;
    this.name = `${hosts.map(({ name }) => name).join(',')}${new URL(hosts[0].options.connectionString ?? '').pathname}`;
    this.isAsked = isAsked;
    this.#primary = new Primary<Host>({
      hosts: [...hosts],
      isAsked,
      ask: (host, signal) => this.#ask(host, signal),
      clock: systemClock,
      onMove: ({ sockets }) => sockets.forEach((socket) => socket.destroy()),
    });
  }

  /** The name of the host that was the primary last. */
  get primaryName(): string {
    return this.#primary.known.name;
  }

  /** Finds the primary, which `clientOptions` lead to. Rejects with `NoPrimary`. */
  async find(): Promise<void> {
    await this.#primary.find();
  }

  /** Asks all hosts now, and leaves the primary at once when it is another one. */
  async look(): Promise<void> {
    await this.#primary.look();
  }

  /** A connection was lost or took no writes: before the next one all hosts are asked. */
  doubt(): void {
    this.#primary.doubt(this.#primary.known);
  }

  /** Of a connection to the primary. */
  clientOptions(more: pg.ClientConfig = {}): pg.ClientConfig {
    return optionsOf(this.#primary.known, more);
  }

  /** Rejects when this connection takes no writes: its server has become a standby. Asks only where there is a choice. */
  async requireWrites(client: pg.ClientBase): Promise<void> {
    if (this.isAsked) await requireWrites(client);
  }

  async #ask(host: Host, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const client = new pg.Client(optionsOf(host, { query_timeout: askMs }));
    client.on('error', () => {});
    const { stream } = client.connection;
    void systemClock.sleep(askMs, AbortSignal.any([signal, ended.signal])).then(() => stream.destroy());
    try {
      await client.connect();
      await requireWrites(client);
      await client.end();
    } catch (error) {
      // The primary that has no connection left is the primary still.
      if (!(host === this.#primary.known && hasCode(error, '53300'))) throw error;
    } finally {
      ended.abort();
    }
  }
}

function split(url: string): ReturnType<typeof splitHosts> {
  try {
    return splitHosts(url);
  } catch (error) {
    throw new StoreError(`DATABASE_URL ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function optionsOf({ options, sockets }: Host, more: pg.ClientConfig): pg.ClientConfig {
  const stream = (): Socket => {
    const socket = new Socket();
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  };
  return { ...options, ...more, stream };
}

/** True for a standby, and for a server or a database that is set to be read-only. */
async function requireWrites(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only');
  if (rows[0]?.transaction_read_only !== 'off') throw new ReadOnly();
}
