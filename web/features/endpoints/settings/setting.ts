// What one setting of an endpoint is to the pages: an entry of the table in `table.ts`.
import type { ComponentType } from 'react';
import type { ChangeEndpoint, Endpoint } from '#contract/endpoints.ts';
import type { DialectDefaults } from '#web/lib/dialects.ts';

export type SettingName = keyof ChangeEndpoint;

export const groups = ['Destination', 'Request', 'Attempts', 'Own data'] as const;

export interface SettingProps<Draft> {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** Of the first control, for its label. */
  readonly id: string;
  readonly noteId: string;
  /** Whether the server found something wrong at this place of the setting, such as `[0].name`; with `''`, anywhere. */
  readonly isWrong: (place: string) => boolean;
  /** Undefined while it is created. */
  readonly endpoint: Endpoint | undefined;
}

/** `Draft` is what is typed, in the form of its fields. */
export interface Setting<Draft> {
  /** The member of the endpoint, which the server also names in problems. */
  readonly name: SettingName;
  readonly label: string;
  readonly group: (typeof groups)[number];
  /** Controls of equal rank: the label names all of them together, and no one takes the id. */
  readonly isList?: true;
  /** The portal does not have it. */
  readonly isOperators?: true;
  /** What it is when nothing is set: a sentence. */
  readonly standard: string | ((dialect: DialectDefaults) => string);
  /** What the server accepts: a sentence. */
  readonly limit: string;
  readonly empty: Draft;
  readonly read: (endpoint: Endpoint) => Draft;
  /** The value to send: null removes the setting. What cannot be read is sent as it is; the server says what is wrong. */
  readonly write: (draft: Draft) => unknown;
  /** What is wrong with the text, where the request could not even be written. */
  readonly problem?: (draft: Draft) => string | undefined;
  readonly Fields: ComponentType<SettingProps<Draft>>;
}

/** A setting whose draft is known to itself alone. */
export interface AnySetting extends Omit<Setting<unknown>, 'Fields'> {
  readonly Fields: ComponentType<SettingProps<unknown>>;
}

/** The one place where the type of a draft is forgotten: only the setting itself reads what it has written. */
export function define<Draft>(setting: Setting<Draft>): AnySetting {
  return setting as unknown as AnySetting;
}
