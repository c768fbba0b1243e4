// The gate in front of every outgoing connection. It judges the address that is dialled, not the name: a
// literal in `connect` (literals never reach `lookup`), and the answers for a name in the very `lookup`
// whose result the socket uses, so there is no second resolution in between that could answer differently.
import { isIP, type LookupFunction, Socket } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { type AddressRules, mayReachPublic } from './address.ts';
import { createResolve, type Resolve, type ResolvedAddress } from './resolve.ts';

/** Makes connectors that open sockets; undici's own, except in tests that must not open any. */
export type BuildDial = (options: buildConnector.BuildOptions) => buildConnector.connector;

export interface GuardOptions {
  readonly rules: AddressRules;
  readonly resolve?: Resolve | undefined;
  /** A PEM certificate that is trusted besides the usual authorities. */
  readonly ca?: string | undefined;
  readonly buildDial?: BuildDial | undefined;
}

export interface Guard {
  /** Opens a connection for undici, or calls back with an error whose `code` is one of `guardCodes` or the system's. */
  readonly connect: buildConnector.connector;
  /** How many sockets are open: connecting, in use or kept alive. */
  openSockets(): number;
  /** Ends all of them at once. */
  destroySockets(): void;
}

/** The `code` of errors that the guard makes itself. */
export const guardCodes = { addressRefused: 'ADDRESS_REFUSED', nameNotFound: 'NAME_NOT_FOUND' } as const;

/** Time for name, TCP and TLS together. Less than the usual deadlines, so that sockets do not outlive them. */
const connectMsMax = 10_000;

/** Time for one of a name's addresses before the next is tried; Node's 250 ms is too little for far hosts. */
const addressMsMax = 1_000;

/** A guard with its own set of sockets. Throws when `ca` is not a certificate. */
export function createGuard(options: GuardOptions): Guard {
  const { rules, buildDial = buildConnector } = options;
  const resolve = shareLookups(options.resolve ?? createResolve(rules));
  const fixed = createFixedOptions(options.ca);
  const isAny: Accept = (ip) => rules.judge(ip) !== 'refused';
  const isAllowed: Accept = (ip) => rules.judge(ip) === 'allowed';
  const dialAny = buildDial({ ...fixed, lookup: createLookup(resolve, isAny) });
  const dialAllowed = buildDial({ ...fixed, lookup: createLookup(resolve, isAllowed) });
  const sockets = new Set<Socket>();

  return {
    connect(target, callback) {
      const isForPublic = mayReachPublic(target.protocol, target.port);
      const accept = isForPublic ? isAny : isAllowed;
      if (isIP(target.hostname) !== 0 && !accept(target.hostname)) {
        // undici expects the answer after its own call has returned.
        queueMicrotask(() => callback(refusal(), null));
        return;
      }
      const dial = isForPublic ? dialAny : dialAllowed;
      // The declared type hides it, but undici's connector returns the socket it has begun to connect.
      const socket: unknown = dial(target, callback);
      if (socket instanceof Socket) {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      }
    },
    openSockets: () => sockets.size,
    destroySockets() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

type Accept = (ip: string) => boolean;

/** What holds for every connection, whatever the environment says. */
function createFixedOptions(ca: string | undefined): buildConnector.BuildOptions {
  return {
    allowH2: false,
    timeout: connectMsMax,
    // Given explicitly, it wins over NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
    // A resumed TLS session skips the check of the host name. Each connection shakes hands in full, so
    // that the check never rests on an earlier connection.
    maxCachedSessions: 0,
    // Made once: parsing all authorities takes milliseconds.
    secureContext: createSecureContext(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: addressMsMax,
  };
}

/** A `lookup` for sockets that passes on acceptable addresses only, and fails when none is left. */
function createLookup(resolve: Resolve, accept: Accept): LookupFunction {
  const admit = callbackify((host: string) => findAcceptable(host, resolve, accept));
  return (host, options, callback) => {
    admit(host, (error, found) => {
      const [first] = found ?? [];
      if (first === undefined) callback(error, '');
      else if (options.all === true) callback(null, [...found]);
      else callback(null, first.address, first.family);
    });
  };
}

/** At least one address, or a rejection with a code of the guard. */
async function findAcceptable(
  host: string,
  resolve: Resolve,
  accept: Accept,
): Promise<readonly ResolvedAddress[]> {
  const found = await resolve(host).catch((cause: unknown) => {
    throw notFound(cause);
  });
  if (found.length === 0) throw notFound();
  const acceptable = found.filter(({ address }) => accept(address));
  if (acceptable.length === 0) throw refusal();
  return acceptable;
}

/** One lookup at a time per name: many connections to a name with a slow server hold one resolver thread. */
function shareLookups(resolve: Resolve): Resolve {
  const running = new Map<string, Promise<readonly ResolvedAddress[]>>();
  return (host) => {
    const shared = running.get(host) ?? resolve(host).finally(() => running.delete(host));
    running.set(host, shared);
    return shared;
  };
}

/** Names no address: what a private name resolves to is not for the endpoint's owner to read. */
function refusal(): Error {
  return Object.assign(new Error('the address is neither public nor allowed'), {
    code: guardCodes.addressRefused,
  });
}

function notFound(cause?: unknown): Error {
  return Object.assign(new Error('the host name has no address', { cause }), {
    code: guardCodes.nameNotFound,
  });
}
