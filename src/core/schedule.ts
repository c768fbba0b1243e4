// Retry schedule, as data; core/retry.ts applies it.

/** When attempts are made. The first entry is the first attempt's, so its length is the number of attempts. */
export interface Schedule {
  readonly delaysMs: readonly number[];
  /** Each delay counts from the end of the attempt before, or from when the first was due. */
  readonly from: 'previous' | 'first';
  /** Jitter: up to this fraction is added to each delay at random. */
  readonly jitter: number;
}
