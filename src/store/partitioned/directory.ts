// What is in the directory alone: keys, credentials, sessions, the event catalogue, facts. What publishing needs of it is remembered while
// the directory is down.
import type { ReadStore, Store } from '../store.ts';
import { isUnavailable } from './partition.ts';
import type { Remembered } from './remembered.ts';
import type { Routes } from './routes.ts';

type DirectoryReads = Pick<
  ReadStore,
  'credentials' | 'eventTypes' | 'keys' | 'consoleSessions' | 'portalSessions'
>;

export function readDirectory<S extends ReadStore>(
  routes: Routes<S>,
  remembered: Remembered,
): DirectoryReads {
  const ask: Routes<S>['inDirectory'] = (work) => routes.inDirectory(work);
  return {
    credentials: {
      find: (dialect, lookup) =>
        remembered.ask(`credential ${dialect} ${lookup}`, () =>
          ask((store) => store.credentials.find(dialect, lookup)),
        ),
      list: (tenant, page) => ask((store) => store.credentials.list(tenant, page)),
    },
    eventTypes: {
      get: (name) => ask((store) => store.eventTypes.get(name)),
      list: (page) => ask((store) => store.eventTypes.list(page)),
      async index(known) {
        if (known === null)
          return remembered.ask('index', () => ask((store) => store.eventTypes.index(null)));
        try {
          return await ask((store) => store.eventTypes.index(known));
        } catch (error) {
          // As far as it is known, nothing has changed.
          if (isUnavailable(error)) return null;
          throw error;
        }
      },
    },
    keys: {
      list: (page) => ask((store) => store.keys.list(page)),
      find: (lookup) => remembered.ask(`key ${lookup}`, () => ask((store) => store.keys.find(lookup))),
    },
    consoleSessions: { find: (lookup) => ask((store) => store.consoleSessions.find(lookup)) },
    portalSessions: {
      get: (id) => ask((store) => store.portalSessions.get(id)),
      list: (tenant, page) => ask((store) => store.portalSessions.list(tenant, page)),
      find: (lookup) => ask((store) => store.portalSessions.find(lookup)),
    },
  };
}

type DirectoryStores = Pick<
  Store,
  'credentials' | 'eventTypes' | 'keys' | 'consoleSessions' | 'portalSessions' | 'metadata'
>;

export function createDirectory(routes: Routes<Store>, remembered: Remembered): DirectoryStores {
  const reads = readDirectory(routes, remembered);
  const ask: Routes<Store>['inDirectory'] = (work) => routes.inDirectory(work);
  /** What was remembered is read again. */
  const change: Routes<Store>['inDirectory'] = async (work) => {
    const result = await ask(work);
    remembered.forget();
    return result;
  };
  return {
    credentials: {
      ...reads.credentials,
      create: (credential) => change((store) => store.credentials.create(credential)),
      remove: (tenant, id) => change((store) => store.credentials.remove(tenant, id)),
    },
    eventTypes: {
      ...reads.eventTypes,
      set: (content, terms) => change((store) => store.eventTypes.set(content, terms)),
      remove: (name) => change((store) => store.eventTypes.remove(name)),
    },
    keys: {
      ...reads.keys,
      create: (key, keysMax) => change((store) => store.keys.create(key, keysMax)),
      remove: (id) => change((store) => store.keys.remove(id)),
      used: (id, at) => ask((store) => store.keys.used(id, at)),
    },
    consoleSessions: {
      ...reads.consoleSessions,
      start: (session, now) => ask((store) => store.consoleSessions.start(session, now)),
      end: (lookup) => ask((store) => store.consoleSessions.end(lookup)),
    },
    portalSessions: {
      ...reads.portalSessions,
      create: (session, sessionsMax) => ask((store) => store.portalSessions.create(session, sessionsMax)),
      open: (id, secret, token, now) => ask((store) => store.portalSessions.open(id, secret, token, now)),
      remove: (tenant, id) => ask((store) => store.portalSessions.remove(tenant, id)),
    },
    metadata: { putIfAbsent: (name, value) => ask((store) => store.metadata.putIfAbsent(name, value)) },
  };
}
