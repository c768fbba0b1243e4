// The outbox relay in the process of the server: that of `carillon outbox`, which here publishes without HTTP. Any process may run
// one; the lock of the table lets one of them publish.
import type { Registry } from 'prom-client';
import type { Config } from '#config.ts';
import { PublishBatch } from '#contract/events.ts';
import { Fault, type FaultCode } from '#core/fault.ts';
import type { TenantId } from '#core/tenant.ts';
import { readBatch } from '#http/admin/events.ts';
import { readBody } from '#input/json.ts';
import { compile } from '#input/schema.ts';
import type { Publisher } from '#intake/publish.ts';
import type { Clock } from '#lib/clock.ts';
import type { Logger } from '#lib/log.ts';
import { createOutboxMetrics, type OutboxMetrics } from '#outbox/metrics.ts';
import type { RelayNews, RelayOptions } from '#outbox/relay.ts';

export interface OutboxDeps {
  readonly publisher: Publisher;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RunningOutbox {
  /** Resolves after the publication in progress. Its rows are deleted then, or published again under the same ids later. */
  stop(): Promise<void>;
}

/** Null without `CARILLON_OUTBOX`. */
export async function startOutbox({ outbox }: Config, deps: OutboxDeps): Promise<RunningOutbox | null> {
  const { url, table } = outbox;
  if (url === null) return null;
  // Loaded here: the client of Postgres takes megabytes of a server that needs none.
  const { runRelay } = await import('#outbox/relay.ts');
  const { clock, log } = deps;
  const metrics = createOutboxMetrics(deps.registry, clock);
  const ending = new AbortController();
  const running = runRelay(
    {
      url,
      table,
      clock,
      publish: createPublish(deps.publisher),
      report(news) {
        count(news, metrics);
        tell(news, table, log);
      },
      waiting: (oldestAt) => metrics.waiting(oldestAt),
    },
    ending.signal,
  );
  return {
    async stop() {
      ending.abort();
      await running;
      metrics.leads(false);
    },
  };
}

/** What is wrong with the events themselves. Everything else passes, or must be mended first. */
const refusals: ReadonlySet<FaultCode> = new Set([
  'json_invalid',
  'field_invalid',
  'tenant_not_found',
  'event_type_unknown',
  'payload_refused',
  'payload_invalid',
  'body_too_large',
  'event_id_reused',
]);

/** By the schema and the reader of the admin API: a row means what its body would mean there. */
function createPublish(publisher: Publisher): RelayOptions['publish'] {
  const validator = compile('outbox', PublishBatch);
  return async (tenant, events) => {
    const bytes = Buffer.from(`{"events":[${events.map(({ json }) => json).join(',')}]}`);
    try {
      const drafts = readBatch(readBody(bytes, validator), bytes);
      await publisher.publish(tenant as TenantId, drafts, { traceparent: null });
      return { kind: 'published' };
    } catch (error) {
      if (!(error instanceof Fault) || !refusals.has(error.code)) throw error;
      return { kind: 'refused', reason: describe(error) };
    }
  };
}

function describe({ fields, message }: Fault): string {
  if (fields.length === 0) return message;
  return fields.map((problem) => `${problem.field}: ${problem.message}`).join('; ');
}

function count(news: RelayNews, metrics: OutboxMetrics): void {
  if (news.kind === 'published') metrics.published(news.count);
  else if (news.kind === 'refused') metrics.refused();
  else metrics.leads(news.kind === 'leading');
  if (news.kind === 'failed') metrics.failed();
}

function tell(news: RelayNews, table: string, log: Logger): void {
  const { kind, ...more } = news;
  const level = {
    leading: 'info',
    standing_by: 'info',
    published: 'debug',
    refused: 'warn',
    failed: 'warn',
  } as const;
  log[level[kind]]({ table, ...more }, `outbox.${kind}`);
}
