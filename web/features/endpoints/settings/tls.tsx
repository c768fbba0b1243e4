// How TLS connections to the receiver are made: certificates and a key in PEM, which are not read back.
import type { Endpoint } from '#contract/endpoints.ts';
import { Checkbox, Field, Select, TextArea } from '#web/components/form.tsx';
import { formatExact } from '#web/lib/format.ts';
import type { SettingProps } from './setting.ts';

export interface TlsDraft {
  /** Texts in PEM; empty ones stay as they are stored. */
  readonly ca: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly minVersion: string;
  readonly isRemoved: boolean;
}

export const noTls: TlsDraft = {
  ca: '',
  clientCertificate: '',
  clientKey: '',
  minVersion: '',
  isRemoved: false,
};

export function readTls({ tls }: Endpoint): TlsDraft {
  return { ...noTls, minVersion: tls?.minVersion ?? '' };
}

export function writeTls({ isRemoved, minVersion, ca, clientCertificate, clientKey }: TlsDraft) {
  if (isRemoved) return null;
  const texts = Object.entries({ ca, clientCertificate, clientKey });
  return {
    ...Object.fromEntries(texts.filter(([, text]) => text.trim() !== '')),
    minVersion: minVersion === '' ? null : minVersion,
  };
}

const parts = [
  ['ca', 'Authorities of the receiver'],
  ['clientCertificate', 'Client certificate'],
  ['clientKey', 'Key of the client certificate'],
] as const;

export function TlsFields({ draft, onChange, id, noteId, isWrong, endpoint }: SettingProps<TlsDraft>) {
  const tls = endpoint?.tls ?? null;
  return (
    <div className="space-y-2">
      <Select
        id={id}
        aria-describedby={noteId}
        aria-invalid={isWrong('.minVersion')}
        value={draft.minVersion}
        onChange={(minVersion) => onChange({ ...draft, minVersion })}
      >
        <option value="">TLS 1.2 or later</option>
        <option value="TLSv1.2">TLS 1.2 or later, set for this endpoint</option>
        <option value="TLSv1.3">TLS 1.3</option>
      </Select>
      {parts.map(([name, label]) => (
        <Field key={name} label={label} hint={describeStored(tls, name)}>
          {(field) => (
            <TextArea
              {...field}
              aria-invalid={isWrong(`.${name}`)}
              rows={2}
              placeholder="-----BEGIN"
              value={draft[name]}
              onChange={(text) => onChange({ ...draft, [name]: text })}
            />
          )}
        </Field>
      ))}
      {tls !== null && (
        <Checkbox
          label="Remove all of it"
          checked={draft.isRemoved}
          onChange={(isRemoved) => onChange({ ...draft, isRemoved })}
        />
      )}
    </div>
  );
}

function describeStored(tls: Endpoint['tls'], name: (typeof parts)[number][0]): string {
  if (name === 'clientKey') return tls?.hasClientKey === true ? 'One is stored.' : 'None is stored.';
  const stored = tls?.[name] ?? [];
  if (stored.length === 0) return name === 'ca' ? 'None is stored: the public ones.' : 'None is stored.';
  return stored.map(({ subject, notAfter }) => `${subject}, until ${formatExact(notAfter)}`).join('; ');
}
