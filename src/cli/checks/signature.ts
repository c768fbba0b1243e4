// Signature verification of a delivery in any of the schemes, with a diagnosis of what is wrong.
import { formatSeconds } from '../output/times.ts';
import { hmacOfBody, rsaOfBody } from './body-schemes.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { type Invalid, invalid, type ReceivedRequest, type Scheme, type Verdict } from './verdict.ts';

/** A request is signed by the first scheme of which it has all headers. */
const schemes: readonly Scheme[] = [
  standardWebhooks,
  hmacOfBody('sha512', 'Sign', ['key']),
  rsaOfBody('X-Signature'),
  hmacOfBody('sha256', 'Signature'),
];

/** `now` in Unix ms. A time in the signature may be `toleranceSeconds` older or newer. */
export function checkSignature(request: ReceivedRequest, now: number, toleranceSeconds: number): Verdict {
  const scheme = schemes.find(({ headers }) => headers.every((name) => request.headers.has(name)));
  if (scheme === undefined) return noScheme(request);
  const problem = scheme.checkForm(request) ?? checkMatch(scheme, request);
  if (problem !== null) return problem;
  const signedAt = scheme.signedAt(request);
  const late = signedAt === null ? null : checkTime(signedAt / 1000, now, toleranceSeconds);
  return late ?? { valid: true, scheme: scheme.name, signedAt };
}

function noScheme({ headers }: ReceivedRequest): Invalid {
  const [nearest] = schemes
    .map((scheme) => scheme.headers.filter((name) => !headers.has(name)))
    .filter((missing, index) => missing.length < (schemes[index]?.headers.length ?? 0));
  if (nearest !== undefined) {
    return invalid(`the header ${nearest.join(', ')} is missing`, 'give all headers of the request');
  }
  const known = schemes.map((scheme) => scheme.headers.join(' with ')).join('; ');
  return invalid('there is no header with a signature', `a signature is in one of: ${known}`);
}

function checkMatch(scheme: Scheme, request: ReceivedRequest): Invalid | null {
  if (scheme.matches(request, request.payload)) return null;
  const isOver = (text: string): boolean => scheme.matches(request, Buffer.from(text));
  return (
    explainPayload(Buffer.from(request.payload).toString('utf8'), isOver) ??
    scheme.explain(request) ??
    invalid(
      'the signature does not match this secret, these headers and this body',
      'check that the secret is the current one of the endpoint, and that the body is exactly what arrived',
    )
  );
}

/** The most frequent mistakes with a body: the signature is over another form of it. */
function explainPayload(text: string, isOver: (text: string) => boolean): Invalid | null {
  if (/\s$/.test(text) && isOver(text.trimEnd())) {
    return invalid(
      'the payload ends with a line end or space that was not signed',
      'give the exact body; editors and echo add a line end, printf %s does not',
    );
  }
  if (!text.endsWith('\n') && isOver(`${text}\n`)) {
    return invalid('a line end that was signed is missing at the end of the payload', 'give the exact body');
  }
  if (!isOver(compact(text))) return null;
  return invalid(
    'the payload was reformatted after it was received',
    'verify the raw body, before it is parsed as JSON',
  );
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

function checkTime(seconds: number, now: number, toleranceSeconds: number): Invalid | null {
  const ageSeconds = Math.round(now / 1000) - seconds;
  if (Math.abs(ageSeconds) <= toleranceSeconds) return null;
  const distance = formatSeconds(Math.abs(ageSeconds));
  const limit = formatSeconds(toleranceSeconds);
  return ageSeconds > 0
    ? invalid(
        `the signature matches, but is ${distance} old; the limit is ${limit}`,
        'old requests may be replayed ones; add --at <time> to verify it as of the time it arrived',
      )
    : invalid(
        `the signature matches, but its time is ${distance} ahead; the limit is ${limit}`,
        'check the clocks of both machines',
      );
}
