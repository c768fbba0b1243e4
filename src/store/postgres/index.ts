import { BoundedMap } from '#lib/bounded-map.ts';
import { systemClock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Store } from '#store/store.ts';
import { type Subscribers, subscribersMax } from '../decide.ts';
import type { Context } from './context.ts';
import { createCredentialStore } from './credentials.ts';
import { Database, explain, StoreError } from './database.ts';
import { createDeliveryStore } from './deliveries.ts';
import { createEndpointStore } from './endpoints.ts';
import { createEventStore } from './events.ts';
import { inspect } from './inspect.ts';
import { createMetadataStore } from './metadata.ts';
import { runMigrations } from './migrate.ts';
import { openPresence, type Presence } from './presence.ts';
import { recover } from './recover.ts';
import { createReplayStore } from './replays.ts';
import { makeSlices } from './slices.ts';
import { createStatsStore } from './stats.ts';
import { sweep } from './sweep.ts';
import { createTenantSecretStore } from './tenant-secrets.ts';
import { createTenantStore } from './tenants.ts';

export { checkPostgres } from './check.ts';
export { migratePostgres } from './migrate.ts';

export interface PostgresOptions {
  readonly url: string;
  /** Connections of the pool; one more hears what other processes tell. */
  readonly poolMax: number;
  readonly ids: IdSource;
  /** Unix ms. What dead processes had claimed is due from then on. */
  readonly now: number;
}

/**
 * Opens the store of a Postgres database, which many processes share, migrating it as needed. Throws
 * `StoreError` with one line for people when that can't be.
 */
export async function openPostgresStore({ url, poolMax, ids, now }: PostgresOptions): Promise<Store> {
  const db = new Database({ url, poolMax });
  let presence: Presence | null = null;
  try {
    await runMigrations(db);
    presence = await openPresence(db, url, now);
    await recover(db, now);
    await makeSlices(db, now);
    const { id, tell } = presence;
    const subscribers = new BoundedMap<string, Subscribers>(subscribersMax);
    const context = { db, ids, process: id, tell, subscribers, passed: new Map() };
    return createStore(context, presence);
  } catch (error) {
    await presence?.close();
    await db.close();
    throw explain(error, db.name);
  }
}

function createStore(context: Context, presence: Presence): Store {
  const { db } = context;
  return {
    tenants: createTenantStore(context),
    credentials: createCredentialStore(context),
    tenantSecrets: createTenantSecretStore(context),
    endpoints: createEndpointStore(context),
    events: createEventStore(context),
    deliveries: createDeliveryStore(context),
    replays: createReplayStore(context),
    stats: createStatsStore(context),
    metadata: createMetadataStore(context),
    async check() {
      if (!db.isOpen) throw new StoreError(`${db.name}: the database is closed.`);
      await answeredSoon(inspect(db, db.name), db.name);
    },
    sweep: (before, now, rowsMax) => sweep(context, before, now, rowsMax),
    counters: () => ({ commits: db.commits, statements: db.statements }),
    listen: (listener) => presence.listen(listener),
    async close() {
      await presence.close();
      await db.close();
    },
  };
}

/** Who asks whether the database answers has little patience. */
const checkMs = 3_000;

async function answeredSoon(asked: Promise<unknown>, name: string): Promise<void> {
  const waited = new AbortController();
  const late = systemClock.sleep(checkMs, waited.signal).then(() => {
    if (waited.signal.aborted) return;
    throw new StoreError(`${name}: the database has not answered for ${checkMs / 1000} seconds.`);
  });
  try {
    await Promise.race([asked, late]);
  } catch (error) {
    throw explain(error, name);
  } finally {
    waited.abort();
  }
}
