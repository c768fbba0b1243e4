// When failures disable an endpoint.
import type { Endpoint } from '#contract/endpoints.ts';
import { Select, TextInput } from '#web/components/form.tsx';
import { readDuration, writeDuration } from '#web/lib/duration.ts';
import type { SettingProps } from './setting.ts';

const kinds = {
  '': 'as the dialect says',
  failures: 'after so many failures in a row',
  spanMs: 'after nothing but failures for so long',
  never: 'never',
} as const;
type Kind = keyof typeof kinds;

export interface DisableDraft {
  readonly kind: Kind;
  /** A number, or a duration. */
  readonly bound: string;
}

export const dialectRule: DisableDraft = { kind: '', bound: '' };

export function readDisableAfter({ disableAfter }: Endpoint): DisableDraft {
  const { failures, spanMs, never } = disableAfter ?? {};
  if (failures !== undefined) return { kind: 'failures', bound: String(failures) };
  if (spanMs !== undefined) return { kind: 'spanMs', bound: writeDuration(spanMs) };
  return never === true ? { kind: 'never', bound: '' } : dialectRule;
}

export function writeDisableAfter({ kind, bound }: DisableDraft) {
  if (kind === '') return null;
  if (kind === 'never') return { never: true };
  const value = kind === 'spanMs' ? readDuration(bound) : Number(bound);
  return { [kind]: bound.trim() === '' || value === null || Number.isNaN(value) ? bound : value };
}

export function disableProblem({ kind, bound }: DisableDraft): string | undefined {
  return kind === 'spanMs' && readDuration(bound) === null
    ? 'write a duration such as 30m, 2h or 5d'
    : undefined;
}

const starts: Readonly<Record<Kind, string>> = { '': '', failures: '20', spanMs: '5d', never: '' };

export function DisableFields({ draft, onChange, id, noteId, isWrong }: SettingProps<DisableDraft>) {
  const { kind, bound } = draft;
  return (
    <div className="flex flex-wrap gap-2">
      <Select
        id={id}
        aria-describedby={noteId}
        className="min-w-40 flex-2"
        value={kind}
        onChange={(next) => onChange({ kind: next as Kind, bound: starts[next as Kind] })}
      >
        {Object.entries(kinds).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Select>
      {(kind === 'failures' || kind === 'spanMs') && (
        <TextInput
          aria-label={kind === 'failures' ? 'Failures in a row' : 'Time of nothing but failures'}
          aria-describedby={noteId}
          aria-invalid={isWrong('')}
          className="min-w-20 flex-1"
          value={bound}
          onChange={(next) => onChange({ kind, bound: next })}
        />
      )}
    </div>
  );
}
