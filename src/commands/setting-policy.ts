// The settings `timeoutMs`, `retry` and `disableAfter`: how an endpoint is delivered to, in place of the policy of its dialect.
import type { DisablingRule } from '#core/disabling.ts';
import type { Schedule } from '#core/schedule.ts';
import type { GivenDisabling, GivenRetry, SettingsPatch } from '#core/settings.ts';
import { type OpenSettings, type Terms, withMember } from './open-settings.ts';

/** From the first attempt to the last one. */
const scheduleMsMax = 7 * 24 * 60 * 60 * 1000;
const jitterDefault = 0.1;

/** Its schema has the bounds. */
export function changeTimeout(open: OpenSettings, { timeoutMs }: SettingsPatch): OpenSettings {
  if (timeoutMs === undefined) return open;
  return { ...open, settings: withMember(open.settings, 'timeoutMs', timeoutMs ?? undefined) };
}

export function changeRetry(open: OpenSettings, { retry }: SettingsPatch, terms: Terms): OpenSettings {
  if (retry === undefined) return open;
  if (retry === null) return { ...open, settings: withMember(open.settings, 'retry', undefined) };
  const schedule = toSchedule(retry);
  const problem = checkSchedule(schedule);
  if (problem !== null) terms.report({ field: 'retry.delaysMs', message: problem });
  return { ...open, settings: withMember(open.settings, 'retry', schedule) };
}

export function changeDisabling(
  open: OpenSettings,
  { disableAfter: given }: SettingsPatch,
  terms: Terms,
): OpenSettings {
  if (given === undefined) return open;
  const rule = given === null ? undefined : toRule(given);
  if (given !== null && Object.keys(given).length !== 1) {
    terms.report({ field: 'disableAfter', message: 'must have one of failures, spanMs and never' });
  }
  return { ...open, settings: withMember(open.settings, 'disableAfter', rule) };
}

function toRule({ failures, spanMs }: GivenDisabling): DisablingRule {
  if (failures !== undefined) return { kind: 'failures-in-row', failures };
  return spanMs === undefined ? { kind: 'never' } : { kind: 'failing-for', ms: spanMs };
}

function toSchedule({ delaysMs, jitter = jitterDefault, from = 'previous' }: GivenRetry): Schedule {
  return { delaysMs: [0, ...delaysMs], jitter, from };
}

function checkSchedule({ delaysMs, jitter, from }: Schedule): string | null {
  if (from === 'first' && delaysMs.some((delay, index) => delay < (delaysMs[index - 1] ?? 0))) {
    return 'must not decrease: each counts from the first attempt';
  }
  const wholeMs = from === 'first' ? (delaysMs.at(-1) ?? 0) : delaysMs.reduce((sum, delay) => sum + delay, 0);
  const longestMs = Math.round(wholeMs * (1 + jitter));
  if (longestMs <= scheduleMsMax) return null;
  return `must end within 7 days (${scheduleMsMax} ms); with its jitter it takes ${longestMs} ms`;
}
