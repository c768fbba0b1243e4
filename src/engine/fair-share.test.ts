// Fairness between tenants: whatever one of them has waiting, another finds slots, memory and claims at once.
import { describe, expect, test } from 'vitest';
import type { EndpointId } from '#core/endpoint.ts';
import { defaultLimits, type Limits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import { claimFor, endpoint, quick, takeAll } from '../../test/support/lanes.ts';
import { isWithinShare } from './fair-share.ts';
import { Lanes } from './lanes.ts';

const [attacker, victim] = ['attacker', 'victim'] as [TenantId, TenantId];
const names = (tenant: string, count: number): string[] =>
  Array.from({ length: count }, (_, number) => `${tenant}-${number}`);

/** Lanes with `each` deliveries in memory for each of `count` endpoints of a tenant. */
function fill(lanes: Lanes, tenant: TenantId, count: number, each = 1): void {
  for (const name of names(tenant, count)) {
    for (let nth = 0; nth < each; nth++) lanes.enqueue(claimFor(name, tenant), 0);
  }
}

/** The same, whose receivers have answered once. */
function fillProven(lanes: Lanes, tenant: TenantId, count: number, each = 1): void {
  for (const name of names(tenant, count)) {
    lanes.enqueue(claimFor(name, tenant), 0);
    for (const slot of takeAll(lanes)) lanes.complete(slot, quick, 0);
  }
  fill(lanes, tenant, count, each);
}

const makeLanes = (limits: Partial<Limits>): Lanes => new Lanes({ ...defaultLimits, ...limits });
const tenantsOf = (slots: ReturnType<typeof takeAll>): TenantId[] =>
  slots.map(({ claim }) => claim.event.tenant);

describe('a share', () => {
  test('of one tenant is four fifths, and a part is always free', () => {
    let own = 0;
    while (isWithinShare(own, own, 1000)) own++;
    expect(own).toBe(801);
    const three = [0, 0, 0];
    for (let turn = 0; turn < 3000; turn++) {
      const used = three.reduce((sum, each) => sum + each, 0);
      const each = three[turn % 3] ?? 0;
      if (isWithinShare(each, used, 1000)) three[turn % 3] = each + 1;
    }
    expect(three.map((each) => Math.round(each / 10))).toEqual([31, 31, 31]);
    expect(
      isWithinShare(
        0,
        three.reduce((sum, each) => sum + each, 0),
        1000,
      ),
    ).toBe(true);
  });

  test('of nothing is nothing, and of one slot is that slot', () => {
    expect(isWithinShare(0, 1, 1)).toBe(false);
    expect(isWithinShare(0, 0, 1)).toBe(true);
  });
});

describe('slots', () => {
  test('one tenant leaves a fifth of all slots, and another one gets one at once', () => {
    const lanes = makeLanes({ inFlightMax: 100 });
    fillProven(lanes, attacker, 200);
    expect(takeAll(lanes)).toHaveLength(81);
    fill(lanes, victim, 3);
    expect(tenantsOf(takeAll(lanes))).toEqual([victim, victim, victim]);
  });

  test('any silent endpoints of others leave slots for an endpoint that has never answered', () => {
    const lanes = makeLanes({ inFlightMax: 1000 });
    for (const tenant of ['one', 'two', 'three'] as TenantId[]) fill(lanes, tenant, 1000);
    expect(takeAll(lanes).length).toBeLessThan(480);
    fill(lanes, victim, 20);
    expect(tenantsOf(takeAll(lanes)).filter((tenant) => tenant === victim)).toHaveLength(20);
  });

  test('free slots go round the tenants, and then round the endpoints of each', () => {
    const lanes = makeLanes({ inFlightMax: 1000 });
    fill(lanes, attacker, 100, 2);
    fill(lanes, victim, 2, 2);
    const first = takeAll(lanes).slice(0, 4);
    expect(first.map(({ claim }) => claim.endpoint)).toEqual(
      ['attacker-0', 'victim-0', 'attacker-1', 'victim-1'].map(endpoint),
    );
  });

  test('what the slots of one tenant free goes to it again, while another one waits for nothing', () => {
    const lanes = makeLanes({ inFlightMax: 100 });
    fillProven(lanes, attacker, 200);
    const taken = takeAll(lanes);
    for (const slot of taken.slice(0, 10)) lanes.complete(slot, quick, 0);
    expect(takeAll(lanes)).toHaveLength(10);
  });
});

describe('memory', () => {
  test('the backlog of one tenant leaves a fifth of the places and of the bytes', () => {
    for (const limits of [{ bufferedMax: 100 }, { bufferedBytesMax: 1000 }]) {
      const lanes = makeLanes(limits);
      fill(lanes, attacker, 81);
      expect(lanes.capacity(endpoint('attacker-200'), attacker, 0)).toBe(0);
      expect(lanes.capacity(endpoint('victim-0'), victim, 0)).toBe(8);
    }
  });

  test('what does not fit is claimed when there is memory again', () => {
    const lanes = makeLanes({ bufferedMax: 100 });
    fill(lanes, attacker, 81);
    scheduleAll(lanes, attacker, ['late']);
    expect(lanes.takeDue(0, claimSize)).toEqual([]);
    expect(lanes.nextDueAt()).toBe(Infinity);
    takeAll(lanes);
    expect(lanes.nextDueAt()).toBe(-Infinity);
    expect(lanes.takeDue(0, claimSize)).toHaveLength(1);
  });
});

const claimSize = { endpoints: 4, deliveries: 1000 };

function scheduleAll(lanes: Lanes, tenant: TenantId, endpoints: readonly string[]): void {
  const ids = endpoints.map(endpoint);
  for (const id of ids) lanes.schedule(id, 0);
  lanes.assign(lanes.unowned(0, 1000), new Map(ids.map((id) => [id, tenant])));
}

describe('claims', () => {
  test('go round the tenants, however many endpoints of one are due, and since when', () => {
    const lanes = makeLanes({});
    scheduleAll(lanes, attacker, names('attacker', 1000));
    scheduleAll(lanes, victim, names('victim', 2));
    const wanted = lanes.takeDue(0, claimSize).map((one) => /ep_(\w+)-/.exec(one.endpoint)?.[1]);
    expect(wanted).toEqual([attacker, victim, attacker, victim]);
  });

  test('are bounded in deliveries', () => {
    const lanes = makeLanes({});
    scheduleAll(lanes, attacker, names('attacker', 10));
    expect(lanes.takeDue(0, { endpoints: 100, deliveries: 20 }).map(({ count }) => count)).toEqual([8, 8, 8]);
  });

  test('are not made for an endpoint before its tenant is known, nor once it has been removed', () => {
    const lanes = makeLanes({});
    lanes.schedule(endpoint('known'), 0);
    lanes.schedule(endpoint('gone'), 0);
    expect(lanes.takeDue(0, claimSize)).toEqual([]);
    expect(lanes.nextDueAt()).toBe(-Infinity);
    const unowned = lanes.unowned(0, 10);
    expect(unowned).toEqual(['known', 'gone'].map(endpoint));
    lanes.assign(unowned, new Map<EndpointId, TenantId>([[endpoint('known'), victim]]));
    expect(lanes.takeDue(0, claimSize)).toEqual([{ endpoint: endpoint('known'), count: 8 }]);
    expect(lanes.nextDueAt()).toBe(Infinity);
  });
});
