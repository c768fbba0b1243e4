import { useState } from 'react';
import type { Endpoint } from '#contract/endpoints.ts';
import type { FilterVerdict } from '#contract/settings.ts';
import { Button } from '#web/components/button.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Field, TextArea, TextInput } from '#web/components/form.tsx';
import { State } from '#web/components/state.tsx';
import { isJson, jsonProblem } from '#web/lib/json-text.ts';
import { useTenant } from '#web/lib/scope.ts';
import { useNewestEvent, useTestFilter } from '../api.ts';

interface FilterTrialProps {
  readonly endpoint: Endpoint;
  /** As it is typed, before it is saved. */
  readonly filter: unknown;
}

export function FilterTrial({ endpoint, filter }: FilterTrialProps) {
  const params = { tenant: useTenant(), id: endpoint.id };
  const [type, setType] = useState('');
  const [payload, setPayload] = useState('{\n  "amount": 1050\n}');
  const trial = useTestFilter();
  const newest = useNewestEvent(endpoint.mode);
  const take = async (): Promise<void> => {
    const { data } = await newest.refetch();
    if (data === undefined || data === null) return;
    setType(data.type);
    setPayload(data.payload);
  };
  const run = (): void => {
    const sample = { payload: JSON.parse(payload), filter, ...(type === '' ? {} : { type }) };
    trial.mutate({ params, body: sample } as Parameters<typeof trial.mutate>[0]);
  };
  return (
    <details className="rounded-md border border-line">
      <summary className="px-3 py-2 text-[13px] font-medium">Try it with a sample</summary>
      <div className="space-y-3 border-t border-line p-3">
        <Field label="Payload of the sample" error={isJson(payload) ? undefined : jsonProblem(payload)}>
          {(field) => <TextArea {...field} rows={5} value={payload} onChange={setPayload} />}
        </Field>
        <Field label="Type of the sample" hint="For conditions on $type.">
          {(field) => <TextInput {...field} value={type} onChange={setType} />}
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button onClick={run} isBusy={trial.isPending} disabled={!isJson(payload)}>
            Try the filter
          </Button>
          <Button look="bare" onClick={() => void take()} isBusy={newest.isFetching}>
            Take the newest event
          </Button>
        </div>
        {newest.data === null && <p className="text-[13px] text-muted">The tenant has no event yet.</p>}
        <InlineError error={trial.error ?? newest.error} />
        {trial.data !== undefined && <Verdict verdict={trial.data} />}
      </div>
    </details>
  );
}

function Verdict({ verdict: { matches, reasons } }: { readonly verdict: FilterVerdict }) {
  if (matches) {
    return (
      <p role="status">
        <State name="accepted">It matches: this event would be delivered.</State>
      </p>
    );
  }
  return (
    <div role="status" className="space-y-1">
      <State name="refused">It does not match:</State>
      <ul className="list-disc pl-5 text-[13px] wrap-anywhere">
        {reasons.map(({ path, message }, index) => (
          <li key={index}>
            <bdi className="font-mono">{path === '' ? 'the payload' : path}</bdi> <bdi>{message}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}
