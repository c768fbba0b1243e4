// How many requests per second an endpoint gets.
import type { Endpoint } from '#contract/endpoints.ts';
import { TextInput } from '#web/components/form.tsx';
import { readNumber } from './numbers.ts';
import type { SettingProps } from './setting.ts';

export interface RateDraft {
  readonly perSecond: string;
  readonly burst: string;
}

export const noRate: RateDraft = { perSecond: '', burst: '' };

export function readRate({ rateLimit }: Endpoint): RateDraft {
  return rateLimit === null
    ? noRate
    : { perSecond: String(rateLimit.perSecond), burst: String(rateLimit.burst) };
}

export function writeRate({ perSecond, burst }: RateDraft) {
  if (perSecond.trim() === '' && burst.trim() === '') return null;
  return {
    ...(perSecond.trim() === '' ? {} : { perSecond: readNumber(perSecond) }),
    ...(burst.trim() === '' ? {} : { burst: readNumber(burst) }),
  };
}

export function RateFields({ draft, onChange, id, noteId, isWrong }: SettingProps<RateDraft>) {
  return (
    <div className="grid grid-cols-2 gap-2">
      <TextInput
        id={id}
        aria-describedby={noteId}
        aria-invalid={isWrong('.perSecond')}
        inputMode="decimal"
        placeholder="per second"
        value={draft.perSecond}
        onChange={(perSecond) => onChange({ ...draft, perSecond })}
      />
      <TextInput
        aria-label="Burst"
        aria-describedby={noteId}
        aria-invalid={isWrong('.burst')}
        inputMode="numeric"
        placeholder="burst"
        value={draft.burst}
        onChange={(burst) => onChange({ ...draft, burst })}
      />
    </div>
  );
}
