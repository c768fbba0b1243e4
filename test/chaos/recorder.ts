// The receiver process, from the runner's side.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Behaviour, Order, Report, Seen } from './wire.ts';

export interface Recorder {
  /** Of endpoint n: this and `/<n>`. */
  readonly url: string;
  /** The secrets of the endpoints, by their numbers. */
  learn(secrets: readonly string[]): void;
  /** How many deliveries were accepted, each counted once. */
  count(): Promise<number>;
  /** Every request so far. */
  report(): Promise<readonly Seen[]>;
  close(): Promise<void>;
}

export async function startRecorder(seed: number, behaviour: Behaviour): Promise<Recorder> {
  const child = fork(join(import.meta.dirname, 'receiver.ts'), { execArgv: [], serialization: 'advanced' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const hear = <Kind extends Report['kind']>(kind: Kind): Promise<Extract<Report, { kind: Kind }>> =>
    new Promise((resolve, reject) => {
      const listen = (report: Report): void => {
        if (report.kind !== kind) return;
        child.off('message', listen);
        resolve(report as Extract<Report, { kind: Kind }>);
      };
      child.on('message', listen);
      void ended.then(() => reject(new Error('the receivers have ended')));
    });
  const order = (what: Order): void => void child.send(what);
  const { port } = await hear('listening');
  order({ kind: 'prepare', seed, behaviour });
  return {
    url: `http://127.0.0.1:${port}`,
    learn: (secrets) => order({ kind: 'secrets', secrets }),
    async count() {
      const heard = hear('count');
      order({ kind: 'count' });
      return (await heard).accepted;
    },
    async report() {
      const heard = hear('report');
      order({ kind: 'report' });
      return (await heard).seen;
    },
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
