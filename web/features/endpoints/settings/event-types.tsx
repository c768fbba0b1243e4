// A picker of event types: names, prefixes, or all.
import { type KeyboardEvent } from 'react';
import { Button } from '#web/components/button.tsx';
import { Chip } from '#web/components/chip.tsx';
import { TextInput } from '#web/components/form.tsx';
import { useSeenTypes } from '../api.ts';
import type { SettingProps } from './setting.ts';

export interface TypesDraft {
  readonly chosen: readonly string[];
  /** Not added yet; it counts when the form is sent. */
  readonly typed: string;
}

/** A name takes the place of `*`: both together would mean the same as `*` alone. */
export function chosenTypes({ chosen, typed }: TypesDraft): readonly string[] {
  const added = typed.split(/[\s,]+/).filter((type) => type !== '');
  if (added.includes('*')) return ['*'];
  const kept = added.length === 0 ? chosen : chosen.filter((type) => type !== '*');
  return [...new Set([...kept, ...added])];
}

const offeredMax = 12;

export function EventTypes({ draft, onChange, id, noteId, isWrong }: SettingProps<TypesDraft>) {
  const seen = useSeenTypes();
  const { chosen, typed } = draft;
  const add = (text: string): void => onChange({ chosen: chosenTypes({ chosen, typed: text }), typed: '' });
  const remove = (type: string): void =>
    onChange({ ...draft, chosen: chosen.filter((each) => each !== type) });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ',') return;
    if (typed.trim() === '') return;
    event.preventDefault();
    add(typed);
  };
  const offered = offer(seen)
    .filter((type) => !chosen.includes(type) && type.includes(typed.trim()))
    .slice(0, offeredMax);
  return (
    <div className="space-y-2">
      {chosen.length > 0 && (
        <ul className="flex flex-wrap gap-1.5" aria-label="Chosen types">
          {chosen.map((type) => (
            <li key={type} className="max-w-full">
              <Chip text={type === '*' ? '* (all)' : type} onRemove={() => remove(type)} />
            </li>
          ))}
        </ul>
      )}
      <div className="flex gap-2">
        <TextInput
          id={id}
          aria-describedby={noteId}
          aria-invalid={isWrong('')}
          placeholder="payment.paid or payment.*"
          value={typed}
          onChange={(text) => onChange({ ...draft, typed: text })}
          onKeyDown={onKeyDown}
        />
        <Button onClick={() => add(typed)} disabled={typed.trim() === ''}>
          Add type
        </Button>
      </div>
      {offered.length > 0 && (
        <div className="flex flex-wrap items-center gap-1.5" role="group" aria-label="Types to add">
          {offered.map((type) => (
            <button
              key={type}
              type="button"
              onClick={() => add(type)}
              className="min-h-6 max-w-full truncate rounded-full border border-line px-2 font-mono text-[12px] text-muted hover:bg-raised hover:text-ink"
            >
              <bdi>+ {type}</bdi>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** All, the prefixes of the types that were seen, and these. */
function offer(seen: readonly string[]): readonly string[] {
  const prefixes = seen.flatMap((type) => {
    const dot = type.indexOf('.');
    return dot <= 0 ? [] : [`${type.slice(0, dot)}.*`];
  });
  return ['*', ...new Set(prefixes), ...seen];
}
