// The Prometheus text format, as numbers by name and labels.

export type Metrics = ReadonlyMap<string, number>;

/** By the text before the value: `carillon_waiting`, or `name{label="value"}`. */
export function readMetrics(text: string): Metrics {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** The sum over all labels of a metric; undefined when this process has none. */
export function sumOf(metrics: Metrics, name: string): number | undefined {
  const values = [...metrics]
    .filter(([key]) => key === name || key.startsWith(`${name}{`))
    .map(([, value]) => value);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
