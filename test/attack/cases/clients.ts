// Clients of one customer that ask the same again and again, each over a connection of its own.
import { Pool } from 'undici';
import type { Attack } from '../case.ts';
import type { Customer, Stage } from '../stage.ts';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** So many clients ask in a loop until the attack ends. Every answer is read whole. */
export function askInLoops({ server }: Stage, { token }: Customer, count: number, asked: Asked): Attack {
  return async (signal) => {
    const pool = new Pool(server.url, { connections: count });
    const headers = { authorization: `Bearer ${token}` };
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        const { body } = await pool.request({ ...asked, headers, signal });
        await body.dump({ limit: Infinity });
      }
    };
    await Promise.allSettled(Array.from({ length: count }, loop));
    await pool.destroy();
  };
}
