// The header Authorization: none, a user and a password, or a token.
import type { Endpoint } from '#contract/endpoints.ts';
import { Field, Select, TextInput } from '#web/components/form.tsx';
import type { SettingProps } from './setting.ts';

export interface AuthorizationDraft {
  readonly kind: '' | 'basic' | 'bearer';
  readonly username: string;
  /** The password or the token: never read back. */
  readonly secret: string;
}

export const noAuthorization: AuthorizationDraft = { kind: '', username: '', secret: '' };

export function readAuthorization({ authorization }: Endpoint): AuthorizationDraft {
  if (authorization === null) return noAuthorization;
  return { kind: authorization.type, username: authorization.username ?? '', secret: '' };
}

export function writeAuthorization({ kind, username, secret }: AuthorizationDraft) {
  if (kind === '') return null;
  return kind === 'basic' ? { type: kind, username, password: secret } : { type: kind, token: secret };
}

export function AuthorizationFields(props: SettingProps<AuthorizationDraft>) {
  const { draft, onChange, id, noteId, isWrong, endpoint } = props;
  const { kind, username, secret } = draft;
  const isStored = endpoint?.authorization?.type === kind;
  const hint = isStored ? 'One is stored. A change of this setting needs it again.' : undefined;
  return (
    <div className="space-y-2">
      <Select
        id={id}
        aria-describedby={noteId}
        aria-invalid={isWrong('')}
        value={kind}
        onChange={(next) => onChange({ ...noAuthorization, kind: next as AuthorizationDraft['kind'] })}
      >
        <option value="">none</option>
        <option value="basic">basic: user and password</option>
        <option value="bearer">bearer: a token</option>
      </Select>
      {kind === 'basic' && (
        <Field label="User">
          {(field) => (
            <TextInput
              {...field}
              value={username}
              onChange={(next) => onChange({ ...draft, username: next })}
            />
          )}
        </Field>
      )}
      {kind !== '' && (
        <Field label={kind === 'basic' ? 'Password' : 'Token'} hint={hint}>
          {(field) => (
            <TextInput
              {...field}
              type="password"
              autoComplete="new-password"
              value={secret}
              onChange={(next) => onChange({ ...draft, secret: next })}
            />
          )}
        </Field>
      )}
    </div>
  );
}
