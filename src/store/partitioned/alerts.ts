// Alerts are decided in the directory, and every partition has a copy of them: signals are noted there with what they tell of, become
// messages there, and are sent from there.
import type { AlertView } from '#core/alert.ts';
import type { AlertQueue, AlertStore, ReadStore, Store } from '../store.ts';
import type { Mirror } from './mirror.ts';
import type { Routes } from './routes.ts';
import { tag } from './tags.ts';

export function readAlerts<S extends ReadStore>(routes: Routes<S>): ReadStore['alerts'] {
  /** How its channel does is known where it was used last. */
  const withState = async (view: AlertView): Promise<AlertView> => {
    const found = await routes.usable((store) => store.alerts.get(view.alert.id));
    const copies = found.flatMap(({ result }) => result ?? []);
    const [newest = view] = copies.toSorted((a, b) => usedAt(b) - usedAt(a));
    const { lastError, lastErrorAt } = newest;
    const sent = copies.flatMap(({ lastSentAt }) => lastSentAt ?? []);
    return { ...view, lastError, lastErrorAt, lastSentAt: sent.length === 0 ? null : Math.max(...sent) };
  };
  return {
    async list(page) {
      const { items, nextCursor } = await routes.inDirectory((store) => store.alerts.list(page));
      return { items: await Promise.all(items.map(withState)), nextCursor };
    },
    async get(id) {
      const view = await routes.inDirectory((store) => store.alerts.get(id));
      return view === null ? null : withState(view);
    },
  };
}

function usedAt({ lastSentAt, lastErrorAt }: AlertView): number {
  return Math.max(lastSentAt ?? 0, lastErrorAt ?? 0);
}

export function createAlerts(routes: Routes<Store>, mirror: Mirror): AlertStore {
  const change: Routes<Store>['inDirectory'] = async (work) => {
    const result = await routes.inDirectory(work);
    await mirror.copy();
    return result;
  };
  return {
    ...readAlerts(routes),
    create: (alert, alertsMax) => change((store) => store.alerts.create(alert, alertsMax)),
    change: (id, given) => change((store) => store.alerts.change(id, given)),
    remove: (id) => change((store) => store.alerts.remove(id)),
  };
}

export function createAlertQueue(routes: Routes<Store>): AlertQueue {
  return {
    async note(signals) {
      const groups = Map.groupBy(signals, ({ tenant }) => routes.homeOf(tenant));
      await routes.usable(
        (store, place) => store.alertQueue.note(groups.get(place) ?? []),
        [...groups.keys()],
      );
    },
    async isAskedFor(type) {
      const found = await routes.usable((store) => store.alertQueue.isAskedFor(type));
      return found.some(({ result }) => result);
    },
    async hasWork(now) {
      const found = await routes.usable((store) => store.alertQueue.hasWork(now));
      return found.some(({ result }) => result);
    },
    async fold(terms) {
      const found = await routes.usable((store) => store.alertQueue.fold(terms));
      return found.reduce((sum, { result }) => sum + result, 0);
    },
    async claim(terms) {
      const found = await routes.usable((store) => store.alertQueue.claim(terms));
      return found.flatMap(({ partition, result }) => tag(result, partition));
    },
    settle: (claimed, error, now) =>
      routes.call(routes.numbered(claimed.partition), (store) =>
        store.alertQueue.settle(claimed, error, now),
      ),
  };
}
