// Verdict on an attack: compares what the victim noticed with what it may notice.
import { busyFactor, type Limits } from './case.ts';

/** What was measured in one part of a run. */
export interface Measured {
  readonly publications: number;
  /** Publications that were not answered 202. */
  readonly refused: number;
  /** Deliveries that had not arrived when the measurement gave up; their latency counts until then. */
  readonly missing: number;
  readonly publishP99Ms: number;
  readonly deliveryP99Ms: number;
  /** The most that was seen; null without /proc. */
  readonly residentMiB: number | null;
}

export interface Parts {
  readonly alone: Measured;
  readonly attacked: Measured;
  /** After the attack has ended. */
  readonly after: Measured;
}

/** False when the machine is too busy to say anything: the victim alone breaks the limit already. */
export function isJudged({ alone }: Parts, { deliveryP99MsMax }: Limits): boolean {
  return alone.deliveryP99Ms <= deliveryP99MsMax;
}

/** One sentence for each limit that was broken. */
export function judge(parts: Parts, limits: Limits): readonly string[] {
  const { alone, attacked, after } = parts;
  return [
    ...breaches('under attack', attacked, alone, limits),
    ...breaches('after the attack', after, alone, limits),
  ];
}

function breaches(when: string, measured: Measured, alone: Measured, limits: Limits): readonly string[] {
  const { refused, missing, publishP99Ms, deliveryP99Ms, residentMiB } = measured;
  const publishMax = Math.max(alone.publishP99Ms + limits.publishP99MsMore, alone.publishP99Ms * busyFactor);
  const deliveryMax = Math.max(limits.deliveryP99MsMax, alone.deliveryP99Ms * busyFactor);
  return [
    deliveryP99Ms > deliveryMax && `delivery p99 ${ms(deliveryP99Ms)} ${when}, at most ${ms(deliveryMax)}`,
    publishP99Ms > publishMax && `publish p99 ${ms(publishP99Ms)} ${when}, at most ${ms(publishMax)}`,
    refused > limits.refusedMax && `${refused} publications refused ${when}`,
    missing > 0 && `${missing} deliveries had not arrived ${when}`,
    residentMiB !== null &&
      residentMiB > limits.residentMiBMax &&
      `${Math.round(residentMiB)} MiB resident ${when}, at most ${limits.residentMiBMax}`,
  ].filter((breach) => breach !== false);
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
