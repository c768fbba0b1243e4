// Rate limits of clients: what all clients of one tenant and its portal sessions together may ask per minute, by kind of command, and per second. Whoever carries
// out commands checks it, after authentication. The operator is not limited: an import creates many endpoints at once.
import { type CommandName, isRead } from '#core/commands.ts';
import { Fault } from '#core/fault.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import { RateLimiter } from '#lib/rate-limiter.ts';

const kinds = {
  creations: { limit: 'endpointsPerMinuteMax', can: 'create', what: 'endpoints' },
  tests: { limit: 'testsPerMinuteMax', can: 'send', what: 'test events' },
  redeliveries: { limit: 'redeliveriesPerMinuteMax', can: 'ask for', what: 'redeliveries' },
  reads: { limit: 'readsPerMinuteMax', can: 'make', what: 'reads' },
  pulls: { limit: 'pullsPerMinuteMax', can: 'make', what: 'pulls and reports of results' },
  requests: { limit: 'requestsPerMinuteMax', can: 'make', what: 'changes' },
} as const satisfies Record<string, { limit: keyof Limits; can: string; what: string }>;
type Kind = keyof typeof kinds;

/** The others are reads or requests. */
const kindOf: Partial<Record<CommandName, Kind>> = {
  createEndpoint: 'creations',
  sendTest: 'tests',
  checkEndpoint: 'tests',
  testTransform: 'tests',
  redeliver: 'redeliveries',
  createReplay: 'redeliveries',
  createBackfill: 'redeliveries',
  pullDeliveries: 'pulls',
  recordResults: 'pulls',
  extendLeases: 'pulls',
  releaseLeases: 'pulls',
};

export class ClientLimits {
  readonly #limits: Limits;
  readonly #limiters = new Map<Kind, RateLimiter>();
  readonly #perSecond: RateLimiter;

  constructor(limits: Limits) {
    this.#limits = limits;
    const { requestsPerSecondMax: perSecond } = limits;
    this.#perSecond = new RateLimiter(perSecond * 60, perSecond * 2);
    for (const kind of Object.keys(kinds) as Kind[]) {
      this.#limiters.set(kind, new RateLimiter(limits[kinds[kind].limit]));
    }
  }

  /** Counts a command of a tenant's client at `now` (Unix ms). Fault `rate_limited` when there were too many. */
  take(command: CommandName, tenant: TenantId, now: number): void {
    const kind = kindOf[command] ?? (isRead(command) ? 'reads' : 'requests');
    const waitMs = this.#limiters.get(kind)?.take(tenant, now) ?? 0;
    const { limit, can, what } = kinds[kind];
    if (waitMs > 0) refuse(`${can} ${this.#limits[limit]} ${what} per minute`, waitMs);
    const shortMs = this.#perSecond.take(tenant, now);
    if (shortMs > 0) refuse(`make ${this.#limits.requestsPerSecondMax} requests per second`, shortMs);
  }
}

function refuse(allowance: string, waitMs: number): never {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  throw new Fault('rate_limited', `a tenant can ${allowance}; try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}
