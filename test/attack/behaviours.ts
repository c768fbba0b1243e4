// How the receivers of the attackers behave, by name.
import type { IncomingMessage, ServerResponse } from 'node:http';

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** Just under the two seconds after which a receiver counts as unresponsive. */
const slowMs = 1900;

export const behaviours = {
  /** Answers at once. */
  quick(request, response) {
    request.resume();
    request.once('end', () => response.end());
  },
  /** Answers 200 after `slowMs`. */
  slow(request, response) {
    request.resume();
    setTimeout(() => response.end(), slowMs);
  },
  /** Never answers. */
  silent(request) {
    request.resume();
  },
} as const satisfies Readonly<Record<string, Behaviour>>;

export type BehaviourName = keyof typeof behaviours;
