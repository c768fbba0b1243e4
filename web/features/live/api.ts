import { useEffect, useEffectEvent, useReducer } from 'react';
import type { TailQuery } from '#contract/tail.ts';
import { useRefusal } from '#web/lib/session.ts';
import { follow } from './follow.ts';
import { type Change, changeWatch, nothing, type Watch } from './watch.ts';

interface Watching {
  readonly watch: Watch;
  readonly change: (change: Change) => void;
}

/** The attempts that match, from now on. For another query, or after a refusal, render it with another key. */
export function useTail(query: TailQuery): Watching {
  const [watch, change] = useReducer(changeWatch, nothing);
  const refused = useRefusal();
  const tell = useEffectEvent((each: Change) => {
    change(each);
    if (each.kind === 'refused') refused(each.error);
  });
  const start = useEffectEvent((signal: AbortSignal) => follow(query, signal, tell));
  useEffect(() => {
    const leaving = new AbortController();
    void start(leaving.signal);
    return () => leaving.abort();
  }, []);
  return { watch, change };
}
