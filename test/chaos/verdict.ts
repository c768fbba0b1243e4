// The judge: what was promised against what the receivers saw. Pure, so that it is itself tested.
import type { Accepted } from './load.ts';
import type { Seen } from './wire.ts';

/** A moment at which a result may have been lost. */
export interface Fault {
  readonly what: string;
  /** Until when it lasted. Unix ms. */
  readonly until: number;
  /** Deliveries that were claimed then and whose result was not on disk. */
  readonly claimed: ReadonlySet<string>;
}

/** What is left when the load has been delivered and every process has ended. */
export interface Rest {
  /** Deliveries that have not ended, and those of them that somebody still holds. */
  readonly waiting: number;
  readonly claimed: number;
  /** Processes that were told to end and did not do it well. */
  readonly badExits: number;
}

export interface Verdict {
  readonly events: number;
  readonly deliveries: number;
  readonly requests: number;
  /** Deliveries of accepted events that no receiver accepted. */
  readonly lost: number;
  /** Deliveries whose requests had different bytes. */
  readonly differing: number;
  /** Requests whose signature was wrong. */
  readonly unsigned: number;
  /** Requests that came before their turn under their ordering key. */
  readonly disordered: number;
  /** Requests that were accepted although one of their delivery had been before. */
  readonly duplicates: number;
  /** How many the faults may have caused: requests begun before the end of a fault, without a result on disk. */
  readonly duplicatesMax: number;
  readonly rest: Rest;
  /** What is wrong, in words; empty for nothing. */
  readonly violations: readonly string[];
}

export function judge(found: {
  accepted: readonly Accepted[];
  seen: readonly Seen[];
  faults: readonly Fault[];
  rest: Rest;
}): Verdict {
  const { accepted, seen, faults, rest } = found;
  const byDelivery = Map.groupBy(seen, ({ delivery }) => delivery);
  const owed = accepted.flatMap(({ id, endpoints }) => endpoints.map((endpoint) => `${endpoint} ${id}`));
  const counts = {
    lost: owed.filter((delivery) => !byDelivery.get(delivery)?.some(isAccepted)).length,
    differing: [...byDelivery.values()].filter((all) => new Set(all.map(({ hash }) => hash)).size > 1).length,
    unsigned: seen.filter(({ isSigned }) => !isSigned).length,
    disordered: countDisordered(accepted, byDelivery),
    duplicates: countDuplicates(byDelivery),
    duplicatesMax: countUnrecorded(byDelivery, faults),
  };
  const violations = [
    counts.lost > 0 && `${counts.lost} deliveries lost`,
    counts.differing > 0 && `${counts.differing} deliveries changed their bytes`,
    counts.unsigned > 0 && `${counts.unsigned} requests wrongly signed`,
    counts.disordered > 0 && `${counts.disordered} requests out of order`,
    counts.duplicates > counts.duplicatesMax &&
      `${counts.duplicates} duplicates, at most ${counts.duplicatesMax} explained`,
    rest.waiting > 0 && `${rest.waiting} deliveries still wait`,
    rest.claimed > 0 && `${rest.claimed} leases not given back`,
    rest.badExits > 0 && `${rest.badExits} processes ended badly`,
  ].filter((violation) => violation !== false);
  return {
    events: accepted.length,
    deliveries: owed.length,
    requests: seen.length,
    ...counts,
    rest,
    violations,
  };
}

const isAccepted = ({ outcome }: Seen): boolean => outcome === 'accepted';

function countDuplicates(byDelivery: ReadonlyMap<string, readonly Seen[]>): number {
  let duplicates = 0;
  for (const all of byDelivery.values()) duplicates += Math.max(0, all.filter(isAccepted).length - 1);
  return duplicates;
}

function countUnrecorded(byDelivery: ReadonlyMap<string, readonly Seen[]>, faults: readonly Fault[]): number {
  let unrecorded = 0;
  for (const { claimed, until } of faults) {
    for (const delivery of claimed) {
      if (byDelivery.get(delivery)?.some(({ beganAt }) => beganAt <= until) === true) unrecorded++;
    }
  }
  return unrecorded;
}

/**
 * For each endpoint and key: a request of an event before the one ahead of it was accepted, or one that began
 * while a request of another event of the key was under way.
 */
function countDisordered(
  accepted: readonly Accepted[],
  byDelivery: ReadonlyMap<string, readonly Seen[]>,
): number {
  let disordered = 0;
  const queues = Map.groupBy(
    accepted.filter(({ orderingKey }) => orderingKey !== null),
    ({ orderingKey }) => orderingKey,
  );
  for (const events of queues.values()) {
    const inOrder = events.toSorted((a, b) => a.place - b.place);
    for (const endpoint of inOrder[0]?.endpoints ?? []) {
      const requests = inOrder.map(({ id }) => byDelivery.get(`${endpoint} ${id}`) ?? []);
      disordered += countEarly(requests) + countOverlapping(requests.flat());
    }
  }
  return disordered;
}

/** `requests` of each event of a queue, in the order of the queue. */
function countEarly(requests: readonly (readonly Seen[])[]): number {
  return requests.filter((own, index) => {
    const ahead = requests[index - 1];
    if (ahead === undefined || own.length === 0) return false;
    const acceptedAt = Math.min(...ahead.filter(isAccepted).map(({ ended }) => ended));
    return Math.min(...own.map(({ began }) => began)) < acceptedAt;
  }).length;
}

function countOverlapping(requests: readonly Seen[]): number {
  const inOrder = requests.toSorted((a, b) => a.began - b.began);
  return inOrder.filter(({ delivery, began }, index) =>
    inOrder.slice(0, index).some((before) => before.delivery !== delivery && before.ended > began),
  ).length;
}
