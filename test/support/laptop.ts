// What a developer has on a laptop: a server in a process of its own, an application that listens, and the command line.
import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import { createApiClient } from './api-client.ts';
import { temporaryFolder } from './harness.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface Laptop {
  readonly folder: string;
  readonly server: ServerProcess;
  readonly application: Receiver;
  /** What the command line needs to reach the server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Calls the admin API, and expects success. */
  readonly call: (method: string, path: string, body?: object) => Promise<any>;
  readonly close: () => Promise<void>;
}

export async function openLaptop(settings: Record<string, string> = {}): Promise<Laptop> {
  const folder = temporaryFolder();
  const server = await startServer(folder, settings);
  const client = createApiClient(server.url, server.adminKey, 4);
  const application = await startReceiver();
  return {
    folder,
    server,
    application,
    environment: { CARILLON_SERVER: server.url, CARILLON_ADMIN_KEY: server.adminKey },
    call: async (method, path, body) => {
      const answer = await client.call(method, path, body);
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      return answer.body;
    },
    close: async () => {
      await client.close();
      await server.kill();
      await application.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
