// One change of settings under way: each setting has a function that applies what a patch says of it.
import type { FieldProblem } from '#core/fault.ts';
import type { EndpointSettings, SettingSecrets, SettingsPatch } from '#core/settings.ts';
import type { Dialect } from '#dialects/dialect.ts';

/** Settings with their secret parts opened. */
export interface OpenSettings {
  readonly settings: EndpointSettings;
  readonly secrets: SettingSecrets;
}

/** Applies what a patch says of one setting, and reports what is wrong with it. */
export type ChangeSetting = (open: OpenSettings, patch: SettingsPatch, terms: Terms) => OpenSettings;

export interface Terms {
  readonly dialect: Dialect;
  /** Unix ms. */
  readonly now: number;
  /** Of the egress proxies that the configuration names. */
  readonly egressNames: readonly string[];
  readonly report: (problem: FieldProblem) => void;
}

/** The object with a member, or without it when the value is undefined. */
export function withMember<T extends object, Name extends keyof T>(
  from: T,
  name: Name,
  value: T[Name] | undefined,
): T {
  const { [name]: _replaced, ...others } = from;
  return (value === undefined ? others : { ...others, [name]: value }) as T;
}
