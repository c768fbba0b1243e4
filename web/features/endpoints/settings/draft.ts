// The settings of an endpoint as they are typed, and the request that they mean.
import type { Endpoint } from '#contract/endpoints.ts';
import type { AnySetting } from './setting.ts';

/** By the name of the setting. */
export type Drafts = Readonly<Record<string, unknown>>;

export function emptyDrafts(settings: readonly AnySetting[]): Drafts {
  return Object.fromEntries(settings.map(({ name, empty }) => [name, empty]));
}

export function readDrafts(settings: readonly AnySetting[], endpoint: Endpoint): Drafts {
  return Object.fromEntries(settings.map(({ name, read }) => [name, read(endpoint)]));
}

/** The members whose drafts differ from what they were: the others stay as they are, for other clients too. */
export function writeChanges(
  settings: readonly AnySetting[],
  before: Drafts,
  drafts: Drafts,
): Record<string, unknown> {
  return Object.fromEntries(
    settings
      .filter(({ name }) => JSON.stringify(before[name]) !== JSON.stringify(drafts[name]))
      .map(({ name, write }) => [name, write(drafts[name])]),
  );
}

/** The first text that cannot be sent, with the name of its setting. */
export function isWritable(settings: readonly AnySetting[], drafts: Drafts): boolean {
  return settings.every(({ name, problem }) => problem?.(drafts[name]) === undefined);
}

export interface Wrong {
  /** Behind the name of the setting: empty for the setting itself. */
  readonly place: string;
  readonly message: string;
}

/** What the server found wrong with one setting, from the fields of its problem. */
export function wrongOf(name: string, fields: Readonly<Record<string, string>>): readonly Wrong[] {
  return Object.entries(fields).flatMap(([field, message]) => {
    const place = field.slice(name.length);
    return field.startsWith(name) && /^($|[.[])/.test(place) ? [{ place, message }] : [];
  });
}
