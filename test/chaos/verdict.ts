// Verdict of a chaos run: compares the accepted events with the requests that the receivers got. Pure, so that it is tested.
import type { Accepted } from './load.ts';
import type { Seen } from './messages.ts';

/** A fault that may have lost results. */
export interface Fault {
  readonly what: string;
  /** When it ended: from then on each process knows which leases it has lost. Unix ms. */
  readonly until: number;
  /** Deliveries that were leased at the fault, so that their results were not on disk. */
  readonly claimed: ReadonlySet<string>;
}

/** What is left when the load has been delivered and every process has ended. */
export interface Leftover {
  /** Deliveries that have not ended, and those of them that are leased. */
  readonly waiting: number;
  readonly claimed: number;
  /** Processes that did not exit with 0 at SIGTERM. */
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
  /** Requests that came out of order under their ordering key. */
  readonly disordered: number;
  /** Accepted requests for deliveries that had been accepted before. */
  readonly duplicates: number;
  /** How many duplicates the faults may have caused: leased deliveries that were requested before the end of a fault. */
  readonly duplicatesMax: number;
  readonly leftover: Leftover;
  /** One sentence per violation. */
  readonly violations: readonly string[];
}

export function judge(found: {
  accepted: readonly Accepted[];
  seen: readonly Seen[];
  faults: readonly Fault[];
  leftover: Leftover;
}): Verdict {
  const { accepted, seen, faults, leftover } = found;
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
    counts.differing > 0 && `${counts.differing} deliveries with different bytes`,
    counts.unsigned > 0 && `${counts.unsigned} requests with a wrong signature`,
    counts.disordered > 0 && `${counts.disordered} requests out of order`,
    counts.duplicates > counts.duplicatesMax &&
      `${counts.duplicates} duplicates, at most ${counts.duplicatesMax} explained`,
    leftover.waiting > 0 && `${leftover.waiting} deliveries still wait`,
    leftover.claimed > 0 && `${leftover.claimed} leases not released`,
    leftover.badExits > 0 && `${leftover.badExits} processes exited with an error`,
  ].filter((violation) => violation !== false);
  return {
    events: accepted.length,
    deliveries: owed.length,
    requests: seen.length,
    ...counts,
    leftover,
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
 * For each endpoint and key: requests for an event before the event ahead of it was accepted, and requests that began while one
 * for another event of the key was in flight.
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

/** `requests` are those of each event of a key, in order. */
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
