// What the result of an attempt means, and what the owner of the receiver should look at.

import type { AttemptErrorCode } from '#contract/deliveries.ts';

export interface Explanation {
  readonly meaning: string;
  readonly advice: string;
}

const byError: Readonly<Record<AttemptErrorCode, Explanation>> = {
  address_refused: {
    meaning: 'The URL leads to an address that is neither public nor allowed, so nothing was sent.',
    advice:
      'Give the endpoint a public https URL. For receivers in your own network, add their range to CARILLON_ALLOW_TARGETS.',
  },
  name_not_found: {
    meaning: 'The host name of the URL could not be resolved.',
    advice: 'Check the spelling of the host name, and its DNS records.',
  },
  connection_refused: {
    meaning: 'Nothing listens at the address and port of the URL.',
    advice: 'Check that the receiver runs, and that no firewall rejects this server.',
  },
  connection_lost: {
    meaning:
      'The connection ended before the answer was complete. The receiver may have processed the event.',
    advice:
      'Look for crashes, and for limits of a proxy in front of the receiver. Process repeated ids once.',
  },
  tls_failed: {
    meaning: 'No TLS connection was made: the certificate or the protocol was not accepted.',
    advice: 'Check that the certificate is valid for the host name, not expired, and sent with its chain.',
  },
  egress_failed: {
    meaning: 'The egress proxy of this server did not connect to the receiver.',
    advice:
      'Check that the receiver runs and that the proxy may connect to its address: the message has the status of the proxy.',
  },
  timeout: {
    meaning: 'There was no complete answer in time. The receiver may have processed the event.',
    advice: 'Answer first and process the event afterwards. Process repeated ids once.',
  },
  answer_invalid: {
    meaning: 'What the receiver sent is not an HTTP answer, or its headers are too large.',
    advice: 'Check that the URL and port belong to an HTTP server.',
  },
  answer_cut: {
    meaning: 'The answer was longer than 64 KiB or did not end; reading stopped. Its status counts.',
    advice: 'Answer with a short body, or with none.',
  },
  transform_failed: {
    meaning: 'The transform of the endpoint failed, so no request was made.',
    advice:
      'Read the message of the attempt, and try the transform with a sample: carillon endpoints test-transform.',
  },
  request_failed: {
    meaning: 'The request could not be made.',
    advice: 'Read the message of the attempt, and the log of the server.',
  },
};

const byErrorCode: ReadonlyMap<string, Explanation> = new Map(Object.entries(byError));

export const errorCodes: readonly string[] = [...byErrorCode.keys()];

const byStatus: Readonly<Record<number, Explanation>> = {
  401: {
    meaning: 'The receiver wants credentials, or did not accept the signature.',
    advice:
      'Compare the secret of the receiver with the one of this endpoint, and check over which bytes it verifies.',
  },
  403: {
    meaning: 'The receiver, or something in front of it, forbids the request.',
    advice: 'Look for a firewall or a bot protection, and check the verification of the signature.',
  },
  404: {
    meaning: 'The receiver has nothing at the path of the URL.',
    advice: 'Check the path of the URL, and that the route accepts POST.',
  },
  405: { meaning: 'The path does not accept POST.', advice: 'Check the route of the receiver.' },
  410: {
    meaning: 'The receiver says that this endpoint is gone for good.',
    advice: 'Remove the endpoint, or correct the receiver and enable the endpoint again.',
  },
  413: {
    meaning: 'The body is larger than the receiver accepts.',
    advice: 'Raise the body limit of the receiver, or of the proxy in front of it.',
  },
  429: {
    meaning: 'The receiver limits the rate of requests.',
    advice: 'Raise the limit for this sender. Deliveries go on as Retry-After says.',
  },
};

const redirected: Explanation = {
  meaning: 'The receiver redirects. Redirects are not followed, since they could lead anywhere.',
  advice: 'Set the URL of the endpoint to the final address.',
};
const rejected: Explanation = {
  meaning: 'The receiver rejected the request.',
  advice: 'Read its answer and its log; the request is shown as it was sent.',
};
const broken: Explanation = {
  meaning: 'The receiver failed while it processed the request.',
  advice: 'Look for the error in the log of the receiver at this time.',
};
const accepted: Explanation = { meaning: 'The receiver accepted the delivery.', advice: '' };

interface Result {
  readonly outcome: string;
  readonly status: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export function explain({ outcome, status, error }: Result): Explanation {
  if (outcome === 'accepted') return accepted;
  if (error !== null) return byErrorCode.get(error.code) ?? { meaning: error.message, advice: '' };
  if (status === null) return { meaning: 'There was no answer.', advice: '' };
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return broken;
  return status >= 300 && status < 400 ? redirected : rejected;
}

/** `500`, `timeout`, `connection refused`. */
export function summarize({ status, error }: Result): string {
  if (error !== null && error.code !== 'answer_cut') return error.code.replaceAll('_', ' ');
  return status === null ? 'no answer' : String(status);
}
