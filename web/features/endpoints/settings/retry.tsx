// The schedule of attempts: that of the dialect, or delays of its own.
import type { Endpoint } from '#contract/endpoints.ts';
import { Field, Select, TextInput } from '#web/components/form.tsx';
import { readDuration, writeDuration } from '#web/lib/duration.ts';
import { formatCount, formatDuration } from '#web/lib/format.ts';
import type { SettingProps } from './setting.ts';

export interface RetryDraft {
  readonly isOwn: boolean;
  /** Durations separated by commas or spaces. */
  readonly delays: string;
  readonly jitter: string;
  readonly from: string;
}

export const dialectRetry: RetryDraft = {
  isOwn: false,
  delays: '5s, 5m, 30m, 2h, 5h',
  jitter: '0.1',
  from: 'previous',
};

export function readRetry({ retry }: Endpoint): RetryDraft {
  if (retry === null) return dialectRetry;
  const delays = retry.delaysMs.map(writeDuration).join(', ');
  return { isOwn: true, delays, jitter: String(retry.jitter), from: retry.from };
}

export function writeRetry({ isOwn, delays, jitter, from }: RetryDraft) {
  if (!isOwn) return null;
  const number = Number(jitter);
  return {
    delaysMs: wordsOf(delays).map((word) => readDuration(word) ?? word),
    jitter: jitter.trim() === '' || Number.isNaN(number) ? jitter : number,
    from,
  };
}

/** Durations have units: the server knows milliseconds alone. */
export function retryProblem({ isOwn, delays }: RetryDraft): string | undefined {
  const wrong = isOwn ? wordsOf(delays).find((word) => readDuration(word) === null) : undefined;
  return wrong === undefined ? undefined : `"${wrong}" is no delay: write 5s, 30m, 2h or 1d`;
}

function wordsOf(delays: string): readonly string[] {
  return delays.split(/[\s,]+/).filter((word) => word !== '');
}

export function RetryFields({ draft, onChange, id, noteId, isWrong }: SettingProps<RetryDraft>) {
  const { isOwn, delays, jitter, from } = draft;
  return (
    <div className="space-y-2">
      <Select
        id={id}
        aria-describedby={noteId}
        aria-invalid={isWrong('')}
        value={isOwn ? 'own' : ''}
        onChange={(next) => onChange({ ...draft, isOwn: next === 'own' })}
      >
        <option value="">the schedule of the dialect</option>
        <option value="own">delays of its own</option>
      </Select>
      {isOwn && (
        <>
          <Field label="Delays after the first attempt" hint={describe(draft)}>
            {(field) => (
              <TextInput
                {...field}
                value={delays}
                onChange={(next) => onChange({ ...draft, delays: next })}
              />
            )}
          </Field>
          <div className="grid grid-cols-2 gap-2">
            <Field label="Jitter" hint="0 to 1: so much is added at random.">
              {(field) => (
                <TextInput
                  {...field}
                  inputMode="decimal"
                  value={jitter}
                  onChange={(next) => onChange({ ...draft, jitter: next })}
                />
              )}
            </Field>
            <Field label="Delays count from">
              {(field) => (
                <Select {...field} value={from} onChange={(next) => onChange({ ...draft, from: next })}>
                  <option value="previous">the attempt before</option>
                  <option value="first">the first attempt</option>
                </Select>
              )}
            </Field>
          </div>
        </>
      )}
    </div>
  );
}

/** `4 attempts within 2 h 5 min`. */
function describe({ delays, from }: RetryDraft): string {
  const known = wordsOf(delays).map((word) => readDuration(word) ?? 0);
  const wholeMs = from === 'first' ? (known.at(-1) ?? 0) : known.reduce((sum, ms) => sum + ms, 0);
  return `${formatCount(known.length + 1, 'attempt')}${wholeMs === 0 ? '' : ` within ${formatDuration(wholeMs)}`}.`;
}
