import { useEffect, useState } from 'react';
import { formatClock, formatCountdown, formatExact, formatRelative } from '#web/lib/format.ts';

const tickMs = 10_000;

/** The time of the reader's clock, every ten seconds. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A relative time, with the exact one and UTC on hover. */
export function Time({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={`${formatExact(at)} (${at})`} className="whitespace-nowrap">
      {formatRelative(at, now)}
    </time>
  );
}

/** The exact time, with UTC on hover. */
export function ExactTime({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at} className="whitespace-nowrap tabular-nums">
      {formatExact(at)}
    </time>
  );
}

/** The time of the day to the millisecond, with the date and UTC on hover. */
export function ClockTime({ at }: { readonly at: string }) {
  return (
    <time
      dateTime={at}
      title={`${formatExact(at)} (${at})`}
      className="font-mono text-[12px] whitespace-nowrap tabular-nums"
    >
      {formatClock(at)}
    </time>
  );
}

/** How long it is until then, every second; `end` once it is over. */
export function Countdown({ at, end }: { readonly at: string; readonly end: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const leftMs = Date.parse(at) - now;
  return (
    <time dateTime={at} title={`${formatExact(at)} (${at})`} className="whitespace-nowrap tabular-nums">
      {leftMs <= 0 ? end : formatCountdown(leftMs)}
    </time>
  );
}
