// What a server is and runs with: what the process that answers knows of itself, and what the database knows of the others.
import type { Server, ServerProcess } from '#contract/server.ts';
import { readProcessName } from '#core/server.ts';
import { formatTime } from '#lib/rfc3339.ts';
import type { HttpDeps } from '../deps.ts';

export async function describeServer({
  backend,
  readiness,
  self,
  version,
}: Pick<HttpDeps, 'backend' | 'readiness' | 'self' | 'version'>): Promise<Server> {
  const [facts, { troubles, isPaused }] = await Promise.all([
    backend.run('describeDatabase', {}),
    readiness(),
  ]);
  const { processes, ...database } = facts;
  const others = processes.filter(({ name }) => name !== self.name);
  return {
    version,
    node: process.versions.node,
    paused: isPaused,
    troubles: troubles.map(({ detail }) => detail),
    processes: [toProcess(self, true), ...others.map((other) => toProcess(other, false))],
    database: { ...self.database, ...database },
    settings: [...self.settings],
  };
}

interface Named {
  readonly name: string | null;
  readonly startedAt: number;
}

function toProcess({ name, startedAt }: Named, own: boolean): ServerProcess {
  const { role = null, version = null, host = null, pid = null } = readProcessName(name) ?? {};
  return { own, role: role as ServerProcess['role'], version, host, pid, startedAt: formatTime(startedAt) };
}
