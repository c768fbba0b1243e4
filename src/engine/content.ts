// What a delivery sends: the event as it was published, or what the transform of its endpoint makes of it. Once a request was
// made, retries by the schedule carry the same bytes; a redelivery, which a person asks for, is transformed anew.
import type { Unsent } from '#core/attempt.ts';
import { type Claim, isRedelivery, type Sent } from '#core/delivery.ts';
import type { Event } from '#core/event.ts';
import type { Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import { checkContent, type Content, describeProblem, type Transforms, withPath } from '#core/transform.ts';
import { contentRules } from '#dialects/dialect.ts';
import type { FairSemaphore } from '#lib/fair-semaphore.ts';
import type { Logger } from '#lib/log.ts';
import type { Store } from '#store/store.ts';
import type { DeliveryMetrics } from './metrics.ts';
import type { Target } from './targets.ts';

/** Contents that are read of the store at once: publishing waits for no connection behind those of a thousand retries. */
export const contentReadsAtOnce = { total: 3, perGroup: 2 };

export interface ContentDeps {
  readonly store: Pick<Store, 'deliveries'>;
  readonly transforms: Transforms;
  readonly contentReads: FairSemaphore<TenantId>;
  readonly limits: Limits;
  readonly metrics: Pick<DeliveryMetrics, 'transformed'>;
  readonly log: Logger;
}

/** What a request carries. */
export interface Load {
  readonly event: Event;
  readonly url: string;
  /** Besides those of the dialect and in place of static ones. */
  readonly headers: Content['headers'] | null;
  readonly sent: Sent;
  /** What is to be kept with the attempt. */
  readonly content: Content | null;
}

/** `unreadable`: the store cannot be read now. */
export type Prepared =
  | { readonly kind: 'load'; readonly load: Load }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'failed'; readonly message: string; readonly durationMs: number }
  | { readonly kind: 'unreadable' }
  | Unsent;

/** Without a promise for what is sent as it was published. */
export function prepare(deps: ContentDeps, claim: Claim, target: Target): Prepared | Promise<Prepared> {
  if (claim.sent === 'nothing' || isRedelivery(claim)) return prepareAnew(deps, claim, target);
  return claim.sent === 'transformed' ? readKept(deps, claim, target) : published(claim, target);
}

/** As for a first attempt. */
export function prepareAnew(
  deps: Pick<ContentDeps, 'transforms' | 'limits' | 'metrics'>,
  owed: Owed,
  target: Target,
): Prepared | Promise<Prepared> {
  const { transform } = target.endpoint.settings;
  return transform === undefined ? published(owed, target) : runTransform(deps, owed, target, transform);
}

type Owed = Pick<Claim, 'event'>;

function published({ event }: Owed, { endpoint }: Target): Prepared {
  return {
    kind: 'load',
    load: { event, url: endpoint.url, headers: null, sent: 'published', content: null },
  };
}

async function readKept(deps: ContentDeps, claim: Claim, target: Target): Promise<Prepared> {
  try {
    const read = () => deps.store.deliveries.content(claim.id);
    const content = await deps.contentReads.run(claim.event.tenant, read);
    if (content !== null) return toLoad(claim, target, content, false);
    deps.log.error({ delivery: claim.id }, 'delivery.content_missing');
    return await prepare(deps, { ...claim, sent: 'nothing' }, target);
  } catch (error) {
    deps.log.error({ err: error, delivery: claim.id }, 'delivery.content_unreadable');
    return { kind: 'unreadable' };
  }
}

async function runTransform(
  { transforms, limits, metrics }: Pick<ContentDeps, 'transforms' | 'limits' | 'metrics'>,
  owed: Owed,
  target: Target,
  source: string,
): Promise<Prepared> {
  const { event } = owed;
  const result = await transforms.run({ tenant: event.tenant, source, event });
  metrics.transformed(result.kind);
  switch (result.kind) {
    case 'canceled':
      return result;
    case 'busy':
      return { kind: 'unsent', shortage: 'transforms', code: 'queue_full' };
    case 'failed':
      return failure(describeProblem(result.problem), result.durationMs);
    default: {
      const { durationMs } = result;
      // Clients of a pull endpoint choose where the payload goes.
      const content = target.endpoint.kind === 'pull' ? { ...result.content, path: null } : result.content;
      const problem = checkContent(content, contentRules(target, event.type, limits));
      if (problem !== null) return failure(problem, durationMs);
      const isSame = content.path === null && Object.keys(content.headers).length === 0;
      if (isSame && Buffer.compare(content.payload, event.payload) === 0) return published(owed, target);
      return toLoad(owed, target, content, true);
    }
  }
}

function failure(problem: string, durationMs: number): Prepared {
  return { kind: 'failed', message: `The transform failed: ${problem}`, durationMs };
}

function toLoad({ event }: Owed, { endpoint }: Target, content: Content, isNew: boolean): Prepared {
  const { payload, headers, path } = content;
  const url = path === null ? endpoint.url : (withPath(endpoint.url, path) ?? endpoint.url);
  return {
    kind: 'load',
    load: {
      event: { ...event, payload },
      url,
      headers,
      sent: 'transformed',
      content: isNew ? content : null,
    },
  };
}
