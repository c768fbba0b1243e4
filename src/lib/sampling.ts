// Which traces are recorded: the samplers of OpenTelemetry, by the names of `OTEL_TRACES_SAMPLER`.
export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export interface Sampler {
  readonly name: (typeof samplerNames)[number];
  /** From 0 to 1, for the names with `traceidratio`. */
  readonly ratio: number;
}

/** `isParentSampled` is null where nothing is above. All processes decide the same for one trace: by its id. */
export function isSampled(
  { name, ratio }: Sampler,
  traceId: string,
  isParentSampled: boolean | null,
): boolean {
  if (name.startsWith('parentbased_') && isParentSampled !== null) return isParentSampled;
  if (name.endsWith('always_on')) return true;
  return name.endsWith('traceidratio') && fractionOf(traceId) < ratio;
}

/** In [0, 1), of the last 52 bits of a trace id: those that are random in every version of Trace Context. */
function fractionOf(traceId: string): number {
  return Number.parseInt(traceId.slice(-13), 16) / 2 ** 52;
}
