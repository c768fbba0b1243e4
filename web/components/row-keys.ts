// The rows of a table and the keyboard.
import type { Selection } from './selection.ts';

/** Moves the focus to the link of the next row, or of the row before. */
export function moveFocus(table: HTMLTableElement | null, step: 1 | -1): void {
  const links = [...(table?.querySelectorAll('tbody tr[data-id]') ?? [])].map((row) =>
    row.querySelector('a'),
  );
  const at = links.findIndex((link) => link !== null && link.closest('tr')?.contains(document.activeElement));
  const next = links[at === -1 ? 0 : at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** `x` selects the row that has the focus, `X` all rows from the last one to it. */
export function selectionKeys<T>(
  { toggle }: Selection,
  table: HTMLTableElement | null,
  rows: readonly T[],
  keyOf: (row: T) => string,
): Readonly<Record<string, () => void>> {
  const select = (isRange: boolean) => () =>
    withFocused(table, rows, keyOf, (row) => toggle(keyOf(row), isRange));
  return { x: select(false), X: select(true) };
}

export function withFocused<T>(
  table: HTMLTableElement | null,
  rows: readonly T[],
  keyOf: (row: T) => string,
  action: (row: T) => void,
): void {
  const focused = document.activeElement?.closest<HTMLElement>('tr[data-id]');
  if (!focused || table?.contains(focused) !== true) return;
  const row = rows.find((each) => keyOf(each) === focused.dataset['id']);
  if (row !== undefined) action(row);
}
