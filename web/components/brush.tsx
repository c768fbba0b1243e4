// The area of a chart, where a range of its bars can be chosen by drawing over them.
import { type PointerEvent, type ReactNode, useState } from 'react';

export interface Brush {
  /** The bars that are chosen, both ends included. */
  readonly chosen: readonly [from: number, to: number] | null;
  readonly onChoose: (from: number, to: number) => void;
}

export const heightPx = 96;
const barPx = 10;

interface BrushAreaProps {
  /** Of bars, each ten units wide. */
  readonly count: number;
  readonly brush: Brush | undefined;
  readonly children: ReactNode;
}

export function BrushArea({ count, brush, children }: BrushAreaProps) {
  const [drawn, setDrawn] = useState<readonly [number, number] | null>(null);
  const barAt = ({ clientX, currentTarget }: PointerEvent): number => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.min(count - 1, Math.max(0, Math.floor(((clientX - left) / width) * count)));
  };
  const handlers = brush && {
    onPointerDown: (event: PointerEvent): void => {
      event.currentTarget.setPointerCapture(event.pointerId);
      setDrawn([barAt(event), barAt(event)]);
    },
    onPointerMove: (event: PointerEvent): void => {
      if (drawn !== null) setDrawn([drawn[0], barAt(event)]);
    },
    onPointerUp: (): void => {
      if (drawn !== null) brush.onChoose(Math.min(...drawn), Math.max(...drawn));
      setDrawn(null);
    },
    onPointerCancel: (): void => setDrawn(null),
  };
  return (
    <svg
      viewBox={`0 0 ${count * barPx} ${heightPx}`}
      preserveAspectRatio="none"
      className={`h-24 w-full border-b border-line ${brush === undefined ? '' : 'cursor-crosshair touch-pan-y'}`}
      aria-hidden="true"
      {...handlers}
    >
      <Chosen range={drawn ?? brush?.chosen ?? null} />
      {children}
    </svg>
  );
}

function Chosen({ range }: { readonly range: readonly [number, number] | null }) {
  if (range === null) return null;
  const [from, to] = [Math.min(...range), Math.max(...range)];
  return (
    <rect
      x={from * barPx}
      y={0}
      width={(to - from + 1) * barPx}
      height={heightPx}
      fill="var(--accent)"
      opacity={0.18}
    />
  );
}
