// What an answer of a receiver means for an item of a check.
import type { CheckItem } from '#core/check.ts';
import type { Target } from '../targets.ts';
import type { Ending } from './requests.ts';

export type Finding = Omit<CheckItem, 'name'>;

/** The shortest timeout of a dialect is 15 s; a receiver that takes this long works before it answers. */
const slowMs = 5_000;
/** Of a text that the receiver chose. */
const quotedMax = 200;

export function skip(seen: string): Finding {
  return { result: 'skipped', seen, fix: null, durationMs: null };
}

/** Whether it counts as success for the dialect of the endpoint. */
export function judgeAccepted(ending: Ending, { terms: { policy } }: Target): Finding {
  const { from, to } = policy.accepted;
  if (ending.kind === 'not-sent') return { ...skip(ending.why), result: 'failed' };
  const { durationMs } = ending;
  const fix = adviceFor(ending, { from, to });
  if (ending.kind === 'failed') return { result: 'failed', seen: ending.message, fix, durationMs };
  const { status } = ending;
  const isAccepted = status >= from && status <= to;
  const isSlow = durationMs > slowMs;
  const seen = describe(status, durationMs);
  if (isAccepted) return { result: 'passed', seen, fix: isSlow ? answerAtOnce : null, durationMs };
  return { result: 'failed', seen, fix, durationMs };
}

/** The same of a later event, with what is to be done about a refusal. What was not sent is skipped. */
export function accept(ending: Ending, target: Target, fix: string): Finding {
  if (ending.kind === 'not-sent') return skip(ending.why);
  const finding = judgeAccepted(ending, target);
  return finding.result === 'failed' && ending.kind === 'answered' ? { ...finding, fix } : finding;
}

/** A refusal is a 4xx: with another failure, the receiver did not say that it verified anything. */
export function judgeRefused(ending: Ending, fix: string): Finding {
  if (ending.kind === 'not-sent') return skip(ending.why);
  const { durationMs } = ending;
  if (ending.kind === 'failed') return { result: 'failed', seen: ending.message, fix, durationMs };
  const { status } = ending;
  const seen = describe(status, durationMs);
  if (status >= 400 && status <= 499) return { result: 'passed', seen, fix: null, durationMs };
  return { result: 'failed', seen: status < 300 ? `It was accepted. ${seen}` : seen, fix, durationMs };
}

export function judgeRedirect(ending: Ending): Finding {
  if (ending.kind !== 'answered') return skip('There was no answer.');
  const { status, headers, durationMs } = ending;
  if (status < 300 || status > 399) {
    return { result: 'passed', seen: 'It does not redirect.', fix: null, durationMs };
  }
  const place = headers['location'];
  const where = place === undefined ? '' : ` to ${place.slice(0, quotedMax)}`;
  return {
    result: 'failed',
    seen: `It answered ${status}${where}.`,
    fix: 'Redirects are not followed: set the URL of the endpoint to where this one leads.',
    durationMs,
  };
}

function describe(status: number, durationMs: number): string {
  return `It answered ${status} after ${Math.round(durationMs)} ms.`;
}

const answerAtOnce = 'Answer at once: put the event in a queue, and do the work after the answer.';

function adviceFor(
  ending: Exclude<Ending, { kind: 'not-sent' }>,
  { from, to }: { readonly from: number; readonly to: number },
): string {
  if (ending.kind === 'failed') {
    if (ending.error === 'timeout') return answerAtOnce;
    return 'Check the URL, the certificate and the firewall of the receiver.';
  }
  const { status } = ending;
  if (status < 300) {
    return from === to ? `Answer ${from}: only that is success here.` : `Answer ${from} to ${to}.`;
  }
  if (status < 400) return 'Set the URL of the endpoint to where this one leads.';
  if (status === 404 || status === 405)
    return 'Check the path of the URL, and that the receiver takes POST there.';
  if (status < 500) {
    return 'The receiver refuses a delivery that is right: verify the exact bytes of the body with the secret of this endpoint.';
  }
  return 'See the log of the receiver: it failed with this event.';
}
