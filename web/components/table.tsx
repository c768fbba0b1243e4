// The one table: fixed columns, a header that sticks, virtual rows of 36 px with separators between days, j and k.
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  Fragment,
  type MouseEvent,
  type ReactNode,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { formatDay } from '#web/lib/format.ts';
import { useKeys } from '#web/lib/keys.ts';
import { moveFocus, selectionKeys, withFocused } from './row-keys.ts';
import type { Selection } from './selection.ts';

export interface Column<T> {
  readonly title: string;
  /** A width of Tailwind, such as `w-32`; the columns without one share the rest. */
  readonly width?: string;
  /** Shown only on screens of this width or more. */
  readonly from?: 'sm' | 'md' | 'lg';
  /** Always shown. */
  readonly isFixed?: true;
  readonly cell: (row: T) => ReactNode;
}

interface TableProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Rows of one day stand below its name. */
  readonly dayOf?: (row: T) => string;
  /** Called when the end of the rows comes near. */
  readonly onEnd?: () => void;
  /** The key `r` on the row that has the focus. */
  readonly onR?: (row: T) => void;
  /** Rows can be selected: a box before each, and the key `x`. */
  readonly selection?: Selection;
}

const rowPx = 36;
const widthsPx = { sm: 640, md: 768, lg: 1024 } as const;

type Line<T> = { readonly day: string } | { readonly row: T };

export function Table<T>({ label, columns: all, rows, keyOf, dayOf, onEnd, onR, selection }: TableProps<T>) {
  const columns = useShown(all);
  const span = columns.length + (selection === undefined ? 0 : 1);
  const element = useRef<HTMLTableElement>(null);
  const top = useTop(element);
  const lines = dayOf === undefined ? rows.map((row): Line<T> => ({ row })) : withDays(rows, dayOf);
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => rowPx,
    overscan: 20,
    scrollMargin: top,
    onChange: ({ range }) => {
      if (range !== null && range.endIndex >= lines.length - 20) onEnd?.();
    },
  });
  const items = virtual.getVirtualItems();
  const before = (items[0]?.start ?? top) - top;
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? top) - top);
  useKeys({
    j: () => moveFocus(element.current, 1),
    k: () => moveFocus(element.current, -1),
    ...(onR === undefined ? {} : { r: () => withFocused(element.current, rows, keyOf, onR) }),
    ...(selection === undefined ? {} : selectionKeys(selection, element.current, rows, keyOf)),
  });
  return (
    <table
      ref={element}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      className="w-full table-fixed border-collapse text-[13px]"
    >
      <Head columns={columns} selection={selection} />
      <tbody>
        <Gap px={before} span={span} />
        {items.map(({ index, key }) => {
          const line = lines[index];
          if (line === undefined) return <Fragment key={key} />;
          if ('day' in line) return <DayRow key={key} day={line.day} span={span} />;
          const id = keyOf(line.row);
          return <Row key={id} id={id} row={line.row} columns={columns} selection={selection} />;
        })}
        <Gap px={after} span={span} />
      </tbody>
    </table>
  );
}

/** How far below the top of the page the table begins, also when what is above it grows or shrinks. */
function useTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => setTop((element.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}

/** The columns that this width of the window has room for. */
function useShown<T>(columns: readonly Column<T>[]): readonly Column<T>[] {
  const width = useSyncExternalStore(onResize, () => window.innerWidth);
  return columns.filter(({ from }) => from === undefined || width >= widthsPx[from]);
}

function onResize(listener: () => void): () => void {
  window.addEventListener('resize', listener);
  return () => window.removeEventListener('resize', listener);
}

interface HeadProps<T> {
  readonly columns: readonly Column<T>[];
  readonly selection: Selection | undefined;
}

function Head<T>({ columns, selection }: HeadProps<T>) {
  return (
    <thead>
      <tr>
        {selection !== undefined && (
          <th
            scope="col"
            className="sticky top-12 z-10 h-9 w-9 border-b border-line bg-surface pl-3 text-left"
          >
            <SelectBox
              label="Select all rows that are loaded"
              isOn={selection.keys.size > 0}
              onToggle={selection.toggleAll}
            />
          </th>
        )}
        {columns.map(({ title, width = '' }) => (
          <th
            key={title}
            scope="col"
            className={`sticky top-12 z-10 h-9 border-b border-line bg-surface px-2 text-left text-[12px] font-medium text-muted first:pl-3 ${width}`}
          >
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RowProps<T> {
  readonly id: string;
  readonly row: T;
  readonly columns: readonly Column<T>[];
  readonly selection: Selection | undefined;
}

function Row<T>({ id, row, columns, selection }: RowProps<T>) {
  return (
    // A click anywhere in the row follows its link; the keyboard has the link itself.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <tr data-id={id} onClick={followLink} className="h-9 cursor-pointer border-b border-line hover:bg-raised">
      {selection !== undefined && (
        <td className="h-9 w-9 pl-3">
          <SelectBox
            label={`Select ${id}`}
            isOn={selection.keys.has(id)}
            onToggle={(isRange) => selection.toggle(id, isRange)}
          />
        </td>
      )}
      {columns.map(({ title, cell }) => (
        <td key={title} className="h-9 truncate px-2 first:pl-3">
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}

interface SelectBoxProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onToggle: (isRange: boolean) => void;
}

function SelectBox({ label, isOn, onToggle }: SelectBoxProps) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={isOn}
      onChange={({ nativeEvent }) => onToggle(nativeEvent instanceof PointerEvent && nativeEvent.shiftKey)}
      className="block size-4 accent-accent"
    />
  );
}

function DayRow({ day, span }: { readonly day: string; readonly span: number }) {
  return (
    <tr className="h-9 border-b border-line bg-page">
      <th colSpan={span} scope="colgroup" className="px-3 text-left text-[12px] font-medium text-muted">
        {day}
      </th>
    </tr>
  );
}

/** In place of the rows that are not drawn. */
function Gap({ px, span }: { readonly px: number; readonly span: number }) {
  return px <= 0 ? null : (
    <tr aria-hidden="true">
      <td colSpan={span} style={{ height: px }} />
    </tr>
  );
}

function withDays<T>(rows: readonly T[], dayOf: (row: T) => string): readonly Line<T>[] {
  let last = '';
  return rows.flatMap((row): Line<T>[] => {
    const day = formatDay(dayOf(row));
    if (day === last) return [{ row }];
    last = day;
    return [{ day }, { row }];
  });
}

function followLink({ target, currentTarget }: MouseEvent<HTMLTableRowElement>): void {
  const isControl = target instanceof Element && target.closest('a, button, input, label') !== null;
  const isSelecting = (window.getSelection()?.toString() ?? '') !== '';
  if (!isControl && !isSelecting) currentTarget.querySelector('a')?.click();
}
