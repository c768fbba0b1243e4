// Upper limits of this machine: publishing, sending and signing, each measured by a bare loop in a process of its own.
import { type Pace, postConcurrency } from './cases.ts';
import { type Bench, measureIngest } from './measure.ts';
import type { Part } from '../test/support/part.ts';
import type { IngestCalls } from './limits/ingest.ts';
import type { PostCalls } from './limits/post.ts';
import type { SignCalls } from './limits/sign.ts';

/** By name; each measures a rate per second. */
export type Limits = Readonly<Record<string, () => Promise<number>>>;

const payloadBytes = 1024;

/** Starts the loops and warms them up. */
export async function startLimits(given: {
  bench: Bench;
  ports: readonly number[];
  pace: Pace;
  start: <Calls>(file: string) => Part<Calls>;
  hasRsa: boolean;
}): Promise<Limits> {
  const { bench, ports, pace, start, hasRsa } = given;
  const { rampMs, limitMs, warmUpMs } = pace;
  const post = start<PostCalls>('limits/post.ts');
  const terms = { payloadBytes, concurrency: postConcurrency };
  await post.call('run', { ...terms, ports, rampMs: 0, ms: warmUpMs });
  const ingest = start<IngestCalls>('limits/ingest.ts');
  const surface = await ingest.call('listen', null);
  await measureIngest(bench, surface, { rampMs: 0, limitMs: warmUpMs });
  const limits = {
    post: () => post.call('run', { ...terms, ports, rampMs, ms: limitMs }),
    ingest: () => measureIngest(bench, surface, pace),
  };
  if (!hasRsa) return limits;
  const sign = start<SignCalls>('limits/sign.ts');
  return { ...limits, sign: () => sign.call('run', { ...terms, ms: limitMs }) };
}
