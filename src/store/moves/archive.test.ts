// The archive of several databases, and tenants that move between them.
import { expect, inject, test } from 'vitest';
import { openDirectory } from '#archive/directory.ts';
import type { ArchivePlace } from '#archive/place.ts';
import { slotOf } from '#core/slot.ts';
import type { TenantId } from '#core/tenant.ts';
import { systemClock } from '#lib/clock.ts';
import { version } from '#lib/version.ts';
import { live, openWorld, result, start } from '../../../test/contracts/store-world.ts';
import { readArchiveFiles } from '../../../test/support/archive-files.ts';
import { createArchiveWorld, retentionMs } from '../../../test/support/archive-world.ts';
import { temporaryFolder } from '../../../test/support/harness.ts';
import { openPartitions } from '../../../test/support/partitions.ts';
import { runSql } from '../../../test/support/postgres.ts';
import { moveSlots } from './move.ts';

const day = 86_400_000;
/** More than two pages. */
const count = 120;

test('a tenant that moves while its day is written is in the archive once, and what is sealed stays so', async () => {
  let urls: readonly string[] = [];
  const world = await openWorld(async (terms) => {
    const opened = await openPartitions(inject('postgresUrl'), terms);
    urls = opened.urls;
    return opened;
  });
  const map = world.store.spread?.map();
  const [name = ''] = Array.from({ length: 500 }, (_, nth) => `shop-${nth}`).filter(
    (id) => map?.slots[slotOf(id as TenantId)] === 1,
  );
  const tenant = await world.tenant(name);
  await world.endpoint(tenant);
  const drafts = Array.from({ length: count }, () => world.draft(tenant));
  const { claims } = await world.publish(drafts, start + 1000, count);
  await world.record(
    claims.map((claim) => result(claim, 'accepted', start + 2000)),
    start + 2000,
  );
  const reads = world.openReads();
  const [one] = claims;
  const find = () => reads.events.get(live(tenant), one?.event.id ?? '');
  const move = async (): Promise<void> => {
    const [directory = '', b = '', c = ''] = urls;
    // A map of the target's own that was never told of the archive.
    await runSql(c, 'delete from archive');
    const others = [
      { name: 'b', url: b },
      { name: 'c', url: c },
    ];
    const options = { directory, others, clock: systemClock, version, settleMs: 0, drainMs: 0 };
    expect(await moveSlots(options, { slots: [slotOf(tenant)], to: 'c' })).toMatchObject({ tenants: 1 });
    // Nothing is left where they were: they are found when the map is read again.
    await expect.poll(find).not.toBeNull();
  };
  const inner = openDirectory(temporaryFolder());
  let moves = 0;
  const place: ArchivePlace = {
    ...inner,
    async create(path, mark) {
      // The first page of events has been read.
      if (path.includes('events') && moves++ === 0) await move();
      return inner.create(path, mark);
    },
  };
  const { archive, expire } = createArchiveWorld({ ...world, openReads: () => reads }, place);
  const now = start + day + retentionMs;
  expect(await archive(now)).toBe('written');
  const { events, deliveries, attempts } = readArchiveFiles(inner.name);
  for (const rows of [events, deliveries, attempts]) {
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(count);
  }
  expect(await world.store.deliveries.redeliver(live(tenant), one?.id ?? ('' as never), now)).toBeNull();
  await expire(now + day);
  expect(await find()).toBeNull();
});
