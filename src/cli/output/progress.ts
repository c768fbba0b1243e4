// A progress line: `[#####     ] 45000 of 100000 events, 5200 per s, 11 s left`.
import type { Cli } from '../cli.ts';
import { formatSeconds } from './times.ts';

/** Between two updates of the line. */
const updateMs = 500;

export interface Progress {
  /** Shows that so much is done, and perhaps more about it. */
  show(done: number, more?: string): void;
  /** Removes the line. */
  end(): void;
}

/** `total` is null where it is not known: then there is no bar. `noun` is the plural of what is counted. */
export function createProgress(
  { terminal, clock }: Pick<Cli, 'terminal' | 'clock'>,
  noun: string,
  total: number | null,
): Progress {
  const startedAt = clock.now();
  let shownAt = startedAt;
  return {
    show(done, more) {
      const now = clock.now();
      if (now - shownAt < updateMs) return;
      shownAt = now;
      const suffix = more === undefined ? '' : `, ${more}`;
      terminal.progress(`${describe({ done, total, noun, seconds: (now - startedAt) / 1000 })}${suffix}`);
    },
    end: () => terminal.progress(null),
  };
}

interface State {
  readonly done: number;
  readonly total: number | null;
  readonly noun: string;
  readonly seconds: number;
}

function describe({ done, total, noun, seconds }: State): string {
  const perSecond = done / seconds;
  const rate = `${Math.round(perSecond)} per s`;
  if (total === null) return `${done} ${noun}, ${rate}`;
  const left = done === 0 ? '' : `, ${formatSeconds(Math.ceil((total - done) / perSecond))} left`;
  return `${bar(total === 0 ? 1 : done / total)} ${done} of ${total} ${noun}, ${rate}${left}`;
}

const barWidth = 24;

function bar(part: number): string {
  const full = Math.min(barWidth, Math.round(part * barWidth));
  return `[${'#'.repeat(full)}${' '.repeat(barWidth - full)}]`;
}
