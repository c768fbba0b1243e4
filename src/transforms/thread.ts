// Entry point of a thread of the sandbox, started by pool.ts: makes one call after the other.
import { parentPort } from 'node:worker_threads';
import type { Content, ScriptProblem } from '#core/transform.ts';
import { readResult } from './result.ts';
import { compileSandbox, problemOf, type ScriptEnding } from './sandbox.ts';
import { stopClock } from './stopped-clock.ts';

/** Without an event the source is only evaluated. */
export interface Job {
  readonly source: string;
  readonly event: JobEvent | null;
}

export interface JobEvent {
  /** JSON of all but the payload. */
  readonly head: string;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** What the clock shows. Unix ms. */
  readonly now: number;
}

/** `content` is null for a source that was only evaluated. */
export type JobEnding =
  | { readonly kind: 'returned'; readonly content: Content | null }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'failed'; readonly problem: ScriptProblem };

const port = parentPort;
if (port === null) throw new Error('this file runs as a thread');
const setClock = stopClock();
const makeSandbox = await compileSandbox();
let sandbox = await makeSandbox();
const utf8 = new TextDecoder();

port.on('message', (job: Job) => void run(job));
port.postMessage('ready');

async function run({ source, event }: Job): Promise<void> {
  setClock(event?.now ?? 0);
  const payload = event === null ? null : { text: utf8.decode(event.payload), bytes: event.payload };
  const input = payload === null ? null : `${event?.head.slice(0, -1)},"payload":${payload.text}}`;
  const ending = sandbox({ source, event: input });
  if (ending.kind === 'failed' && ending.isBroken) sandbox = await makeSandbox();
  port?.postMessage(read(ending, payload));
}

/** A result can be too deep to be read. */
function read(...given: Parameters<typeof toEnding>): JobEnding {
  try {
    return toEnding(...given);
  } catch {
    return { kind: 'failed', problem: problemOf('what it returned cannot be read') };
  }
}

function toEnding(ending: ScriptEnding, payload: Parameters<typeof readResult>[1] | null): JobEnding {
  if (ending.kind === 'failed') return { kind: 'failed', problem: ending.problem };
  if (ending.json === null || payload === null) return { kind: 'returned', content: null };
  const content = readResult(ending.json, payload);
  if (typeof content === 'string') return { kind: 'failed', problem: problemOf(content) };
  return content === null ? { kind: 'canceled' } : { kind: 'returned', content };
}
