// Stacked bars over time, and the same figures as a table.
import { formatExact, formatHour, formatNumber } from '#web/lib/format.ts';
import { type Brush, BrushArea, heightPx } from './brush.tsx';

export interface Bar {
  /** RFC 3339. */
  readonly start: string;
  /** In the order of the series. */
  readonly counts: readonly number[];
}

export interface Series {
  readonly name: string;
  /** A CSS colour. */
  readonly color: string;
}

interface ChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  readonly bars: readonly Bar[];
  /** A range of bars can be chosen: by drawing over them, or in the table. */
  readonly brush?: Brush | undefined;
}

export function Chart({ label, series, bars, brush }: ChartProps) {
  const top = Math.max(1, ...bars.map(({ counts }) => sum(counts)));
  return (
    <figure className="space-y-2 p-3">
      <figcaption className="flex flex-wrap items-center justify-between gap-2 text-[12.5px] text-muted">
        <span>{label}</span>
        <span className="flex gap-3">
          {series.map(({ name, color }) => (
            <span key={name} className="inline-flex items-center gap-1">
              <span className="size-2.5 rounded-sm" style={{ background: color }} />
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <BrushArea count={bars.length} brush={brush}>
        {bars.map((bar, index) => (
          <Stack key={bar.start} bar={bar} x={index * 10} top={top} series={series} />
        ))}
      </BrushArea>
      <div className="flex justify-between text-[11.5px] text-muted" aria-hidden="true">
        <span>{bars[0] === undefined ? '' : formatHour(bars[0].start)}</span>
        <span>most: {formatNumber(top)}</span>
        <span>now</span>
      </div>
      <Figures label={label} series={series} bars={bars} brush={brush} />
    </figure>
  );
}

interface StackProps extends Pick<ChartProps, 'series'> {
  readonly bar: Bar;
  readonly x: number;
  readonly top: number;
}

function Stack({ bar, x, top, series }: StackProps) {
  const heights = bar.counts.map((count) => (count / top) * (heightPx - 4));
  const told = series.map(({ name }, at) => `${bar.counts[at] ?? 0} ${name}`).join(', ');
  return (
    <g>
      <title>{`${formatExact(bar.start)}: ${told}`}</title>
      {series.map(({ name, color }, at) => {
        const y = heightPx - sum(heights.slice(0, at + 1));
        return <rect key={name} x={x + 1} y={y} width={8} height={heights[at]} fill={color} />;
      })}
    </g>
  );
}

function Figures({ label, series, bars, brush }: ChartProps) {
  return (
    <details className="text-[12.5px]">
      <summary className="text-muted">Show as a table</summary>
      <div className="mt-2 max-h-64 overflow-auto" tabIndex={0}>
        <table aria-label={label} className="w-full text-left tabular-nums">
          <thead>
            <tr>
              {['From', ...series.map(({ name }) => name)].map((name) => (
                <th key={name} scope="col" className="border-b border-line px-2 py-1 font-medium">
                  {name}
                </th>
              ))}
              {brush !== undefined && (
                <th scope="col" className="border-b border-line px-2 py-1 font-medium">
                  Filter
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {bars.map(({ start, counts }, index) => (
              <tr key={start}>
                <td className="px-2 py-0.5">{formatExact(start)}</td>
                {counts.map((count, at) => (
                  <td key={series[at]?.name} className="px-2 py-0.5">
                    {formatNumber(count)}
                  </td>
                ))}
                {brush !== undefined && (
                  <td className="px-2 py-0.5">
                    <button
                      type="button"
                      aria-label={`Show only ${formatExact(start)}`}
                      onClick={() => brush.onChoose(index, index)}
                      className="min-h-6 text-accent underline"
                    >
                      only this
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
