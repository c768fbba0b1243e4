import { Checkbox, Field, Select, TextInput } from '#web/components/form.tsx';
import { useEndpoints } from '#web/lib/endpoints.ts';
import { useScope, useTenant } from '#web/lib/scope.ts';
import { type ReplayDraft, replayStates } from './draft.ts';

interface ReplayFieldsProps {
  readonly draft: ReplayDraft;
  readonly onChange: (draft: ReplayDraft) => void;
}

export function ReplayFields({ draft, onChange }: ReplayFieldsProps) {
  const set = <K extends keyof ReplayDraft>(name: K, value: ReplayDraft[K]): void =>
    onChange({ ...draft, [name]: value });
  return (
    <>
      <EndpointChoice value={draft.endpoint} onChange={(endpoint) => set('endpoint', endpoint)} />
      <fieldset>
        <legend className="text-[13px] font-medium">Deliveries in these states</legend>
        <div className="flex flex-wrap gap-x-4">
          {replayStates.map((state) => (
            <Checkbox
              key={state}
              label={state}
              checked={draft.states.includes(state)}
              onChange={(isOn) =>
                set('states', isOn ? [...draft.states, state] : draft.states.filter((each) => each !== state))
              }
            />
          ))}
        </div>
      </fieldset>
      <Field label="Event types" hint="Names separated by commas; all when empty.">
        {(field) => <TextInput {...field} value={draft.types} onChange={(value) => set('types', value)} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Created from" hint="In your time zone.">
          {(field) => (
            <TextInput
              {...field}
              type="datetime-local"
              required
              value={draft.since}
              onChange={(value) => set('since', value)}
            />
          )}
        </Field>
        <Field
          label="Created before"
          hint="In your time zone. What is published after the start is never replayed."
        >
          {(field) => (
            <TextInput
              {...field}
              type="datetime-local"
              required
              value={draft.until}
              onChange={(value) => set('until', value)}
            />
          )}
        </Field>
      </div>
      <Field label="Rate" hint="Redeliveries per second, 1 to 10,000. The default is 50.">
        {(field) => (
          <TextInput
            {...field}
            type="number"
            required
            min={1}
            max={10_000}
            value={String(draft.rate)}
            onChange={(value) => set('rate', Number(value))}
          />
        )}
      </Field>
      {draft.endpoint === '' && (
        <Checkbox
          label="Also to disabled endpoints"
          checked={draft.includeDisabled}
          onChange={(value) => set('includeDisabled', value)}
        />
      )}
    </>
  );
}

function EndpointChoice({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { mode } = useScope();
  const { data = [] } = useEndpoints(useTenant());
  const own = data.filter((endpoint) => endpoint.mode === mode);
  const isKnown = value === '' || own.some(({ id }) => id === value);
  return (
    <Field label="Endpoint">
      {(field) => (
        <Select {...field} value={value} onChange={onChange}>
          <option value="">all endpoints</option>
          {!isKnown && <option value={value}>{value}</option>}
          {own.map(({ id, url }) => (
            <option key={id} value={id}>
              {url ?? `Pull endpoint ${id}`}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
