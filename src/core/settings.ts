// Settings of an endpoint: what its owner or the operator sets about its deliveries. One value, stored in one column.
import type { Filter } from './filter/filter.ts';

/** A member that is absent leaves it to the dialect. */
export interface EndpointSettings {
  readonly filter?: Filter;
}

/** What changes of the settings; null removes a setting. */
export type SettingsPatch = { readonly [Name in keyof EndpointSettings]?: EndpointSettings[Name] | null };

export function mergeSettings(settings: EndpointSettings, patch: SettingsPatch): EndpointSettings {
  return Object.fromEntries(Object.entries({ ...settings, ...patch }).filter(([, value]) => value !== null));
}

type ShownSettings = { readonly [Name in keyof EndpointSettings]-?: EndpointSettings[Name] | null };

/** The settings as our own APIs show them: null for those that are not set. */
export function showSettings({ filter }: EndpointSettings): ShownSettings {
  return { filter: filter ?? null };
}
