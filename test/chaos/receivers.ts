// Client of the receiver process: sends commands and waits for reports.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Behaviour, Command, Report, Seen } from './messages.ts';

export interface Receivers {
  /** The URL of endpoint n is this and `/<n>`. */
  readonly url: string;
  /** Sets the secrets of the endpoints, by their numbers. */
  setSecrets(secrets: readonly string[]): void;
  /** Number of accepted deliveries, without duplicates. */
  count(): Promise<number>;
  /** Every request so far. */
  report(): Promise<readonly Seen[]>;
  close(): Promise<void>;
}

export async function startReceivers(seed: number, behaviour: Behaviour): Promise<Receivers> {
  const child = fork(join(import.meta.dirname, 'receiver.ts'), {
    execArgv: [],
    serialization: 'advanced',
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const next = <Kind extends Report['kind']>(kind: Kind): Promise<Extract<Report, { kind: Kind }>> =>
    new Promise((resolve, reject) => {
      const listen = (report: Report): void => {
        if (report.kind !== kind) return;
        child.off('message', listen);
        resolve(report as Extract<Report, { kind: Kind }>);
      };
      child.on('message', listen);
      void ended.then(() => reject(new Error('the receiver process has ended')));
    });
  const send = (command: Command): void => void child.send(command);
  const { port } = await next('listening');
  send({ kind: 'prepare', seed, behaviour });
  return {
    url: `http://127.0.0.1:${port}`,
    setSecrets: (secrets) => send({ kind: 'secrets', secrets }),
    async count() {
      const reported = next('count');
      send({ kind: 'count' });
      return (await reported).accepted;
    },
    async report() {
      const reported = next('report');
      send({ kind: 'report' });
      return (await reported).seen;
    },
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
