// The settings of an endpoint, as they are typed.
import { Field, TextArea, TextInput } from '#web/components/form.tsx';
import { ApiError } from '#web/lib/api.ts';

export interface EndpointDraft {
  readonly url: string;
  readonly eventTypes: string;
  readonly description: string;
  /** One `name: value` per line. */
  readonly metadata: string;
}

export const emptyDraft: EndpointDraft = { url: '', eventTypes: '*', description: '', metadata: '' };

export function toDraft(endpoint: {
  url: string;
  eventTypes: readonly string[];
  description: string | null;
  metadata: Readonly<Record<string, string>>;
}): EndpointDraft {
  return {
    url: endpoint.url,
    eventTypes: endpoint.eventTypes.join(', '),
    description: endpoint.description ?? '',
    metadata: Object.entries(endpoint.metadata)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  };
}

/** The body of a request. What is wrong with it the server says, field by field. */
export function toBody({ url, eventTypes, description, metadata }: EndpointDraft) {
  const lines = metadata.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line): [string, string] => {
    const [, name = line, value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    return [name.trim(), value.trim()];
  });
  return {
    url: url.trim(),
    eventTypes: eventTypes.split(/[\s,]+/).filter((type) => type !== ''),
    description: description.trim() === '' ? null : description.trim(),
    metadata: Object.fromEntries(pairs),
  };
}

interface EndpointFieldsProps {
  readonly draft: EndpointDraft;
  readonly onChange: (draft: EndpointDraft) => void;
  readonly error: unknown;
}

export function EndpointFields({ draft, onChange, error }: EndpointFieldsProps) {
  const fields = error instanceof ApiError ? error.fields : {};
  const problem = (name: string): string | undefined =>
    Object.entries(fields).find(
      ([field]) => field === name || field.startsWith(`${name}[`) || field.startsWith(`${name}.`),
    )?.[1];
  const set = (name: keyof EndpointDraft) => (value: string) => onChange({ ...draft, [name]: value });
  return (
    <>
      <Field
        label="URL"
        hint="https, a public host, at most 2,048 characters."
        error={problem('url') ?? urlProblem(draft.url)}
      >
        {(field) => <TextInput {...field} type="url" required value={draft.url} onChange={set('url')} />}
      </Field>
      <Field
        label="Event types"
        hint="Names separated by commas, at most 200; * for all, future ones included."
        error={problem('eventTypes')}
      >
        {(field) => <TextInput {...field} required value={draft.eventTypes} onChange={set('eventTypes')} />}
      </Field>
      <Field
        label="Description"
        hint="A text to show, at most 500 characters."
        error={problem('description')}
      >
        {(field) => (
          <TextInput {...field} maxLength={500} value={draft.description} onChange={set('description')} />
        )}
      </Field>
      <Field
        label="Metadata"
        hint="Strings of your own, one name: value per line, at most 50. They are not delivered."
        error={problem('metadata')}
      >
        {(field) => <TextArea {...field} rows={3} value={draft.metadata} onChange={set('metadata')} />}
      </Field>
    </>
  );
}

function urlProblem(text: string): string | undefined {
  if (text === '' || /^h?t?t?p?s?:?\/?\/?$/.test(text)) return undefined;
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
    ? undefined
    : 'must be a whole URL, like https://shop.example/hooks';
}
