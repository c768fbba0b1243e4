// Changes of a payload by paths such as `data.items.0.amount`.
import { InvalidArgumentError } from 'commander';
import type { JsonValue } from '#contract/schema.ts';

export interface PayloadChange {
  /** `override` needs a member that is there, `add` one that is not. */
  readonly kind: 'override' | 'add' | 'remove';
  readonly path: string;
  readonly value: JsonValue;
}

/** Parses `a.b=c`: the value is JSON, and text where it is not. */
export function pathAndValue(text: string): { readonly path: string; readonly value: JsonValue } {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a path and a value, like data.amount=500.');
  const value = text.slice(at + 1);
  try {
    return { path: text.slice(0, at), value: JSON.parse(value) as JsonValue };
  } catch {
    return { path: text.slice(0, at), value };
  }
}

/** The payload with the changes, in their order. Throws `RangeError` with the path that does not fit. */
export function changePayload(payload: JsonValue, changes: readonly PayloadChange[]): JsonValue {
  return changes.reduce((value, change) => changeAt(value, change.path.split('.'), change), payload);
}

function changeAt(
  value: JsonValue,
  [name = '', ...rest]: readonly string[],
  change: PayloadChange,
): JsonValue {
  if (typeof value !== 'object' || value === null) throw misfit(change, 'there is no object or list there');
  const below = (old: JsonValue | undefined): JsonValue => {
    if (old === undefined) throw misfit(change, 'there is no such member');
    return changeAt(old, rest, change);
  };
  if (isList(value)) {
    const index = /^\d{1,6}$/.test(name) ? Number(name) : Number.NaN;
    if (!(index <= value.length)) throw misfit(change, `a list has places from 0 to ${value.length - 1}`);
    if (rest.length > 0) return value.with(requirePlace(value, index, change), below(value[index]));
    requireFit(change, index < value.length);
    if (change.kind === 'remove') return value.toSpliced(index, 1);
    return change.kind === 'add' ? [...value, change.value] : value.with(index, change.value);
  }
  // From entries: a member may be named __proto__.
  const entries = Object.entries(value);
  const place = entries.findIndex(([one]) => one === name);
  if (rest.length > 0)
    return Object.fromEntries(entries.with(requireMember(place, change), [name, below(entries[place]?.[1])]));
  requireFit(change, place >= 0);
  if (change.kind === 'remove') return Object.fromEntries(entries.toSpliced(place, 1));
  const entry: [string, JsonValue] = [name, change.value];
  return Object.fromEntries(place < 0 ? [...entries, entry] : entries.with(place, entry));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function requirePlace(value: readonly JsonValue[], index: number, change: PayloadChange): number {
  if (index < value.length) return index;
  throw misfit(change, 'there is no such member');
}

function requireMember(place: number, change: PayloadChange): number {
  if (place >= 0) return place;
  throw misfit(change, 'there is no such member');
}

function requireFit(change: PayloadChange, isThere: boolean): void {
  if (change.kind === 'add' && isThere)
    throw misfit(change, 'it is there already; change it with --override');
  if (change.kind === 'override' && !isThere)
    throw misfit(change, 'there is no such member; add it with --add');
  if (change.kind === 'remove' && !isThere) throw misfit(change, 'there is no such member');
}

function misfit({ kind, path }: PayloadChange, why: string): RangeError {
  return new RangeError(`--${kind} ${path}: ${why}`);
}
