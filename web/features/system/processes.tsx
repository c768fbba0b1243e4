import type { ServerProcess } from '#contract/server.ts';
import { Failure, Skeleton } from '#web/components/feedback.tsx';
import { Facts } from '#web/components/page.tsx';
import { State } from '#web/components/state.tsx';
import { Time } from '#web/components/time.tsx';
import { formatBytes } from '#web/lib/format.ts';
import { useServer } from './api.ts';

/** Those that share the database, the one that answers first. */
export function Processes() {
  const { data: server, error, refetch } = useServer();
  if (server === undefined) {
    return error === null ? <Skeleton rows={3} /> : <Failure error={error} onRetry={() => void refetch()} />;
  }
  const { processes, database } = server;
  const versions = new Set(processes.flatMap(({ version }) => version ?? []));
  return (
    <>
      <Facts
        facts={processes.map((each, index) => [
          `${each.host ?? 'not known'}:${each.pid ?? index}`,
          <Process key={index} process={each} />,
        ])}
      />
      {versions.size > 1 && (
        <p className="px-3 pb-3">
          <State name="failing">warn</State> Their versions differ: {[...versions].join(', ')}. Bring all to
          the same one.
        </p>
      )}
      {database.kind === 'sqlite' && (
        <p className="px-3 pb-3 text-[12.5px] text-muted">
          A SQLite file belongs to one process. With Postgres, all that share the database are here.
        </p>
      )}
    </>
  );
}

function Process({ process: { own, role, version, startedAt } }: { readonly process: ServerProcess }) {
  return (
    <>
      role {role ?? 'not known'}, version {version ?? 'not known'}, since <Time at={startedAt} />
      {own && <span className="text-muted"> · answers you</span>}
    </>
  );
}

export function DatabaseFacts() {
  const { data: server, error } = useServer();
  if (server === undefined) return error === null ? <Skeleton rows={3} /> : <Failure error={error} />;
  const { kind, name, version, schema, sizeBytes } = server.database;
  return (
    <Facts
      facts={[
        ['Place', <bdi key="place">{name}</bdi>],
        ['Engine', `${kind === 'sqlite' ? 'SQLite' : 'Postgres'} ${version}`],
        ['Schema', `migration ${schema}`],
        ['Size', formatBytes(sizeBytes)],
      ]}
    />
  );
}
