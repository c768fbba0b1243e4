// The settings `rateLimit` and `inFlightMax`: how much an endpoint is sent at once. Their schemas have the bounds.
import type { SettingsPatch } from '#core/settings.ts';
import { type OpenSettings, withMember } from './open-settings.ts';

/** The burst that is not given: what is due within 50 ms, which the timer of a busy process can be late. */
const burstShare = 1 / 20;

export function changeRate(open: OpenSettings, { rateLimit: given }: SettingsPatch): OpenSettings {
  if (given === undefined) return open;
  const rateLimit = given === null ? undefined : { burst: defaultBurst(given.perSecond), ...given };
  return { ...open, settings: withMember(open.settings, 'rateLimit', rateLimit) };
}

export function changeInFlight(open: OpenSettings, { inFlightMax }: SettingsPatch): OpenSettings {
  if (inFlightMax === undefined) return open;
  return { ...open, settings: withMember(open.settings, 'inFlightMax', inFlightMax ?? undefined) };
}

const defaultBurst = (perSecond: number): number => Math.max(1, Math.round(perSecond * burstShare));
