// Headers of every request: a list of names and values, some of them secret.
import type { Endpoint } from '#contract/endpoints.ts';
import { Button } from '#web/components/button.tsx';
import { Checkbox, TextInput } from '#web/components/form.tsx';
import type { SettingProps } from './setting.ts';

export interface HeaderDraft {
  readonly name: string;
  readonly value: string;
  readonly isSecret: boolean;
  /** The server has a secret value under this name. */
  readonly isStored: boolean;
}

export function readHeaders({ headers }: Endpoint): readonly HeaderDraft[] {
  return (headers ?? []).map(({ name, value, secret }) => ({
    name,
    value: value ?? '',
    isSecret: secret,
    isStored: secret,
  }));
}

/** A stored secret that is not typed again stays. */
export function writeHeaders(drafts: readonly HeaderDraft[]) {
  if (drafts.length === 0) return null;
  return drafts.map(({ name, value, isSecret, isStored }) => ({
    name: name.trim(),
    ...(isStored && isSecret && value === '' ? {} : { value }),
    ...(isSecret ? { secret: true } : {}),
  }));
}

const added: HeaderDraft = { name: '', value: '', isSecret: false, isStored: false };

export function HeaderFields({ draft, onChange, noteId, isWrong }: SettingProps<readonly HeaderDraft[]>) {
  return (
    <div className="space-y-2">
      {draft.map((header, index) => (
        <HeaderRow
          key={index}
          number={index + 1}
          header={header}
          noteId={noteId}
          isWrong={isWrong(`[${index}]`)}
          onChange={(next) => onChange(draft.with(index, next))}
          onRemove={() => onChange(draft.toSpliced(index, 1))}
        />
      ))}
      <Button aria-describedby={noteId} icon="add" onClick={() => onChange([...draft, added])}>
        Add header
      </Button>
    </div>
  );
}

interface HeaderRowProps {
  readonly number: number;
  readonly header: HeaderDraft;
  readonly noteId: string;
  readonly isWrong: boolean;
  readonly onChange: (header: HeaderDraft) => void;
  readonly onRemove: () => void;
}

function HeaderRow({ number, header, noteId, isWrong, onChange, onRemove }: HeaderRowProps) {
  const { name, value, isSecret, isStored } = header;
  const marks = { 'aria-describedby': noteId, 'aria-invalid': isWrong };
  return (
    <div role="group" aria-label={`Header ${number}`} className="flex flex-wrap items-center gap-2">
      <TextInput
        {...marks}
        aria-label={`Name of header ${number}`}
        className="min-w-24 flex-1"
        placeholder="X-Api-Key"
        value={name}
        onChange={(next) => onChange({ ...header, name: next })}
      />
      <TextInput
        {...marks}
        aria-label={`Value of header ${number}`}
        className="min-w-24 flex-2"
        type={isSecret ? 'password' : 'text'}
        autoComplete="new-password"
        placeholder={isStored && isSecret ? 'stored; type to replace' : 'value'}
        value={value}
        onChange={(next) => onChange({ ...header, value: next })}
      />
      <span className="flex items-center">
        <Checkbox
          label="secret"
          checked={isSecret}
          onChange={(next) => onChange({ ...header, isSecret: next })}
        />
        <Button look="bare" icon="close" aria-label={`Remove header ${number}`} onClick={onRemove} />
      </span>
    </div>
  );
}
