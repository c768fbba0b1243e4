import type { IdSource } from '#lib/ids.ts';
import type { Store } from '#store/store.ts';
import { createCheckpoints } from './checkpoints.ts';
import { releaseAll } from './claim.ts';
import { createCredentialStore } from './credentials.ts';
import { explain, StoreError } from './database.ts';
import { createDeliveryStore } from './deliveries.ts';
import { createEndpointStore } from './endpoints.ts';
import { createEventStore } from './events.ts';
import { fileRows, unfiledMaxDefault } from './filing.ts';
import { type Context, readMemory } from './memory.ts';
import { createMetadataStore } from './metadata.ts';
import { openDatabase } from './migrate.ts';
import { createReplayStore } from './replays.ts';
import { createStatsStore } from './stats.ts';
import { sweep } from './sweep.ts';
import { createTenantSecretStore } from './tenant-secrets.ts';
import { createTenantStore } from './tenants.ts';

export { migrateSqlite } from './migrate.ts';
export { StoreError } from './database.ts';

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly ids: IdSource;
  /** Unix ms. What a dead process had claimed is due from then on. */
  readonly now: number;
  /** How many rows may wait to be filed; for tests. */
  readonly unfiledMax?: number;
}

/**
 * Opens the store of a file for this process alone, making or migrating it as needed. Throws `StoreError`
 * with one line for people when that can't be.
 */
export async function openSqliteStore({ path, ids, now, unfiledMax }: SqliteOptions): Promise<Store> {
  const opened = openDatabase(path);
  try {
    // Alone by the lock: each claim that is found here belongs to a process that has ended.
    releaseAll(opened.db, now);
    const memory = readMemory(opened.db);
    const context = { db: opened.db, ids, memory, unfiledMax: unfiledMax ?? unfiledMaxDefault };
    opened.db.beforeCommit = () => fileRows(context);
    opened.db.onRollback = () => memory.subscribers.clear();
    const checkpoints = path === ':memory:' ? null : createCheckpoints(path);
    opened.db.onCommit = () => checkpoints?.request();
    return createStore(context, async () => {
      await checkpoints?.stop();
      opened.close();
    });
  } catch (error) {
    opened.close();
    throw explain(error, path);
  }
}

function createStore(context: Context, close: () => Promise<void>): Store {
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
      if (!db.isOpen) throw new StoreError(`${db.path}: the database is closed.`);
      db.check();
    },
    sweep: async (before, now, rowsMax) => sweep(context, before, now, rowsMax),
    counters: () => ({ commits: db.commits, statements: db.statements }),
    close,
  };
}
