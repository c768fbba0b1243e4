// An attack: what one customer, or a stranger, does to the server while another customer, the victim, goes on as usual.
import type { StoreKind } from '../support/database.ts';
import type { Stage } from './stage.ts';

export interface Case {
  readonly name: string;
  /** What the attacker does, for the report. */
  readonly title: string;
  readonly stores: readonly StoreKind[];
  /** Settings of the server, besides those of every case. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Its limit of open files (`ulimit -n`). */
  readonly openFilesMax?: number;
  /** Where they differ from `usualLimits`. */
  readonly limits?: Partial<Limits>;
  /** Creates what the attack needs, before the victim is measured alone. */
  prepare(stage: Stage): Promise<Attack>;
}

/** Attacks until `signal` aborts, and returns soon after. */
export type Attack = (signal: AbortSignal) => Promise<void>;

/**
 * What the victim may notice of an attack, and of the time after it. On a machine that is busy with other things, which shows
 * alone too, a latency may be `busyFactor` times what it is alone.
 */
export interface Limits {
  /** From the scheduled time of a publication to the arrival of its deliveries. */
  readonly deliveryP99MsMax: number;
  /** From the scheduled time of a publication to its 202: so much above what it is without the attack. */
  readonly publishP99MsMore: number;
  /** Publications of the victim that are not answered 202. */
  readonly refusedMax: number;
  /** Resident memory of the server. */
  readonly residentMiBMax: number;
}

export const busyFactor = 3;

export const usualLimits: Limits = {
  deliveryP99MsMax: 250,
  publishP99MsMore: 100,
  refusedMax: 0,
  residentMiBMax: 640,
};

/** How long each part takes, and the share of the attacker's endpoints and of the server's slots that takes part. */
export interface Pace {
  /**
   * So many times the limits of latency are permitted. In a short run five late events are its p99: one pause of a busy
   * machine, where an attack that succeeds takes seconds.
   */
  readonly leeway: number;
  readonly aloneMs: number;
  readonly attackMs: number;
  readonly afterMs: number;
  readonly share: number;
}

export const fullPace: Pace = { aloneMs: 10_000, attackMs: 40_000, afterMs: 60_000, share: 1, leeway: 1 };
/** For `npm test`. */
export const shortPace: Pace = { aloneMs: 1500, attackMs: 4000, afterMs: 1000, share: 0.25, leeway: 4 };
