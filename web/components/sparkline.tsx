// A chart in the width of a word.

interface SparklineProps {
  /** Each bar from its bottom to its top. */
  readonly bars: readonly (readonly number[])[];
  /** CSS colours, in the same order. */
  readonly colors: readonly string[];
  readonly title: string;
}

const heightPx = 20;

export function Sparkline({ bars, colors, title }: SparklineProps) {
  const sums = bars.map((counts) => counts.reduce((sum, count) => sum + count, 0));
  const top = Math.max(1, ...sums);
  return (
    <svg viewBox={`0 0 ${bars.length * 4} ${heightPx}`} className="h-5 w-24" role="img" aria-label={title}>
      <title>{title}</title>
      {bars.flatMap((counts, index) =>
        counts.map((count, at) => {
          const below = counts.slice(0, at + 1).reduce((sum, each) => sum + each, 0);
          const height = (count / top) * heightPx;
          const y = heightPx - (below / top) * heightPx;
          return count === 0 ? null : (
            <rect key={`${index} ${at}`} x={index * 4} y={y} width={3} height={height} fill={colors[at]} />
          );
        }),
      )}
    </svg>
  );
}
