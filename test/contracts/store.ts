// The contract suite of stores. Each store runs all of it: `storeContract('sqlite', open)`.
import { describe } from 'vitest';
import { alertsContract } from './store-alerts.ts';
import { archiveContract } from './store-archive.ts';
import { auditContract } from './store-audit.ts';
import { backfillContract } from './store-backfill.ts';
import { contentsContract } from './store-contents.ts';
import { engineContract } from './store-engine.ts';
import { eventTypesContract } from './store-event-types.ts';
import { fanOutContract } from './store-fan-out.ts';
import { findingContract } from './store-finding.ts';
import { healthContract } from './store-health.ts';
import { keysContract } from './store-keys.ts';
import { listsContract } from './store-lists.ts';
import { modelContract } from './store-model.ts';
import { orderContract } from './store-order.ts';
import { ownersContract } from './store-owners.ts';
import { publishContract } from './store-publish.ts';
import { pullContract } from './store-pull.ts';
import { readsContract } from './store-reads.ts';
import { recordsContract } from './store-records.ts';
import { sealedContract } from './store-sealed.ts';
import { serverContract } from './store-server.ts';
import { upkeepContract } from './store-upkeep.ts';
import type { OpenStore } from './store-world.ts';

export type { OpenStore } from './store-world.ts';

/** `open` makes an empty store each time it is called. */
export function storeContract(name: string, open: OpenStore): void {
  describe(`the store ${name}`, () => {
    ownersContract(open);
    recordsContract(open);
    eventTypesContract(open);
    publishContract(open);
    fanOutContract(open);
    engineContract(open);
    contentsContract(open);
    orderContract(open);
    healthContract(open);
    listsContract(open);
    findingContract(open);
    keysContract(open);
    sealedContract(open);
    auditContract(open);
    pullContract(open);
    alertsContract(open);
    serverContract(open);
    readsContract(open);
    upkeepContract(open);
    backfillContract(open);
    archiveContract(open);
    modelContract(open);
  });
}

/** The part of it that depends on which rows are in an index: what is looked for, and what is deleted. */
export function searchContract(name: string, open: OpenStore): void {
  describe(`the store ${name}`, () => {
    listsContract(open);
    findingContract(open);
    readsContract(open);
    upkeepContract(open);
    backfillContract(open);
    archiveContract(open);
    modelContract(open);
  });
}

/** The part of it that differs most where there are several databases: lists over all tenants. */
export function wideContract(name: string, open: OpenStore): void {
  describe(`the store ${name}`, () => {
    findingContract(open);
  });
}
