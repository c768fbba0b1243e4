import { Choices } from '#web/components/choices.tsx';
import { Field, Select, TextArea, TextInput } from '#web/components/form.tsx';
import { fieldAt } from '#web/lib/api.ts';
import { type AlertDraft, alertTypes, kinds } from './draft.ts';

interface FieldsProps {
  readonly draft: AlertDraft;
  readonly onChange: (change: Partial<AlertDraft>) => void;
  /** What the server found wrong, by the names of members. */
  readonly problems: Readonly<Record<string, string>>;
  /** Of an alert that is there: its kind stays. */
  readonly isKindFixed: boolean;
}

export function AlertFields({ draft, onChange, problems, isKindFixed }: FieldsProps) {
  return (
    <>
      <Field label="Name" hint="What it is for, at most 100 characters." error={problems['name']}>
        {(field) => (
          <TextInput
            {...field}
            required
            maxLength={100}
            value={draft.name}
            onChange={(name) => onChange({ name })}
          />
        )}
      </Field>
      <Channel draft={draft} onChange={onChange} problems={problems} isKindFixed={isKindFixed} />
      <Choices
        title="Tells of"
        all={alertTypes}
        chosen={draft.types}
        error={fieldAt(problems, 'types')}
        onChange={(types) => onChange({ types })}
      />
      <Field
        label="Tenants (optional)"
        hint="Ids, separated by spaces, at most 50. When empty, it tells of all tenants."
        error={fieldAt(problems, 'tenants')}
      >
        {(field) => (
          <TextInput {...field} value={draft.tenants} onChange={(tenants) => onChange({ tenants })} />
        )}
      </Field>
      <Field
        label="Window"
        hint="Seconds, from 60 to 86,400. Of the same endpoint and type, it tells once in them; the rest is counted."
        error={problems['windowSeconds']}
      >
        {(field) => (
          <TextInput
            {...field}
            inputMode="numeric"
            value={draft.windowSeconds}
            onChange={(windowSeconds) => onChange({ windowSeconds })}
          />
        )}
      </Field>
    </>
  );
}

const kindNames = { webhook: 'signed webhook', email: 'e-mail', chat: 'chat of Slack or Teams' } as const;

function Channel({ draft, onChange, problems, isKindFixed }: FieldsProps) {
  const { kind } = draft;
  return (
    <>
      {!isKindFixed && (
        <Field label="Channel" error={problems['via.kind']}>
          {(field) => (
            <Select
              {...field}
              value={kind}
              onChange={(text) => onChange({ kind: kinds.find((each) => each === text) ?? 'webhook' })}
            >
              {kinds.map((each) => (
                <option key={each} value={each}>
                  {kindNames[each]}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {kind === 'email' ? (
        <Field
          label="Addresses"
          hint="At most 20, separated by spaces. All stand in each mail."
          error={fieldAt(problems, 'via.to')}
        >
          {(field) => <TextArea {...field} rows={2} value={draft.to} onChange={(to) => onChange({ to })} />}
        </Field>
      ) : (
        <Field
          label="URL"
          hint={kind === 'webhook' ? undefined : chatHint(isKindFixed)}
          error={problems['via.url'] ?? problems['url']}
        >
          {(field) => (
            <TextInput
              {...field}
              required={kind === 'webhook' || !isKindFixed}
              type={kind === 'chat' ? 'password' : 'text'}
              value={draft.url}
              onChange={(url) => onChange({ url })}
            />
          )}
        </Field>
      )}
    </>
  );
}

function chatHint(isSet: boolean): string {
  const secret = 'Its incoming webhook. It is a secret: the host alone is shown again.';
  return isSet ? `${secret} When empty, the one that is set stays.` : secret;
}
