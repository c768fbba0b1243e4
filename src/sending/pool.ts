// Connection pool of one origin and way to it: keep-alive connections, the one used last first (it is the least likely to be
// stale), a bound on how many are open, and a queue of requests that wait for one.
import { Deque } from '#lib/deque.ts';
import { Connection, type ConnectionOwner, type Exchange } from './connection.ts';
import type { Failure } from './failure.ts';
import type { Guard } from './guard.ts';
import type { Route } from './route.ts';

export interface Pool {
  /** Sends now, or as soon as a connection is free. */
  send(exchange: Exchange): void;
  /** Closes connections that have been idle for too long at `now` (by `performance.now()`). */
  closeIdle(now: number): void;
  /** True when no connection is open. */
  isEmpty(): boolean;
  /** Closes all connections; exchanges that run or wait fail with `failure`. */
  close(failure: Failure): void;
}

/** A pool with `connectionsMax` connections at most. */
export function createPool(guard: Guard, route: Route, connectionsMax: number): Pool {
  const open = new Set<Connection>();
  /** The one used last is at the end. */
  const idle: Connection[] = [];
  const waiting = new Deque<Exchange>();

  const connect = (exchange: Exchange): void => {
    open.add(new Connection(guard, route, owner, exchange));
  };
  /** An exchange whose deadline has passed while it waited is never sent. */
  const nextWaiting = (): Exchange | undefined => {
    let next = waiting.shift();
    while (next?.isSettled === true) next = waiting.shift();
    return next;
  };
  const owner: ConnectionOwner = {
    released(connection) {
      const next = nextWaiting();
      if (next === undefined) idle.push(connection);
      else connection.send(next);
    },
    closed(connection, unsent) {
      open.delete(connection);
      const place = idle.indexOf(connection);
      if (place >= 0) idle.splice(place, 1);
      const next = unsent ?? nextWaiting();
      if (next !== undefined) connect(next);
    },
  };
  const closeIdle = (now: number): void => {
    for (const connection of idle.filter(({ idleUntil }) => idleUntil <= now)) connection.close();
  };

  return {
    send(exchange) {
      if (idle.length > 0) closeIdle(performance.now());
      const connection = idle.pop();
      if (connection !== undefined) connection.send(exchange);
      else if (open.size < connectionsMax) connect(exchange);
      else waiting.push(exchange);
    },
    closeIdle,
    isEmpty: () => open.size === 0,
    close(failure) {
      for (const exchange of waiting.clear()) if (!exchange.isSettled) exchange.failed(failure, null);
      for (const connection of open) connection.fail(failure);
    },
  };
}
