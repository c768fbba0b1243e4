import { Link } from '@tanstack/react-router';
import type { FoundAttempt } from '#contract/deliveries.ts';
import { State } from '#web/components/state.tsx';
import type { Column } from '#web/components/table.tsx';
import { ClockTime } from '#web/components/time.tsx';
import { placeOf } from '#web/lib/endpoints.ts';
import { formatDuration } from '#web/lib/format.ts';

export function columnsOf(isOfAll: boolean): readonly Column<FoundAttempt>[] {
  const tenantColumn: Column<FoundAttempt> = {
    title: 'Tenant',
    width: 'w-28',
    from: 'sm',
    cell: ({ tenant }) => <bdi>{tenant}</bdi>,
  };
  return [
    { title: 'Time', width: 'w-32', cell: ({ startedAt }) => <ClockTime at={startedAt} /> },
    { title: 'Outcome', width: 'w-32', cell: ({ outcome }) => <State name={outcome} /> },
    ...(isOfAll ? [tenantColumn] : []),
    { title: 'Type', cell: (attempt) => <ToDelivery attempt={attempt} /> },
    {
      title: 'Endpoint',
      from: 'sm',
      cell: ({ endpoint, url }) => (
        <bdi title={endpoint}>{url === null ? 'pulled by a client' : placeOf(url)}</bdi>
      ),
    },
    { title: 'Result', width: 'w-36', from: 'md', cell: resultOf },
    { title: 'Took', width: 'w-20', from: 'md', cell: ({ durationMs }) => formatDuration(durationMs) },
    {
      title: 'Attempt',
      width: 'w-28',
      from: 'lg',
      cell: ({ number, trigger }) => (trigger === 'schedule' ? number : `${number}, ${trigger}`),
    },
  ];
}

function ToDelivery({ attempt }: { readonly attempt: FoundAttempt }) {
  const { delivery, tenant, number, eventType } = attempt;
  return (
    <Link
      to="/console/deliveries/$id"
      params={{ id: delivery }}
      search={({ mode }) => ({ mode, tenant, attempt: String(number) })}
      className="font-medium hover:underline"
    >
      <bdi>{eventType}</bdi>
    </Link>
  );
}

function resultOf({ status, error }: FoundAttempt): string {
  return error === null ? String(status ?? '') : error.code.replaceAll('_', ' ');
}
