// SSRF guard: opens every outgoing socket, and dials only addresses that the rules accept. It checks the
// address that is dialled, not the name: a literal before the socket is made (literals never reach `lookup`),
// and the answers for a name in the very `lookup` whose result the socket uses. There is no second resolution
// in between that could answer differently (DNS rebinding). Certificates are always verified.
import {
  connect,
  isIP,
  type LookupFunction,
  type OnReadOpts,
  Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  getCACertificates,
} from 'node:tls';
import { callbackify } from 'node:util';
import { type AddressRules, mayReachPublic, publicOnly } from './address.ts';
import { createResolve, type Resolve, type ResolvedAddress } from './resolve.ts';
import { readShortage } from './shortage.ts';

/** Where a socket goes. */
export interface Target {
  readonly isTls: boolean;
  /** A name or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

export type DialOptions = TcpNetConnectOpts & ConnectionOptions & { onread?: OnReadOpts };

/** Opens a socket; Node's own functions, except in tests that must not open any. */
export type Dial = (options: DialOptions, isTls: boolean) => Socket;

export interface GuardOptions {
  readonly rules: AddressRules;
  readonly resolve?: Resolve | undefined;
  /** A PEM certificate that is trusted besides the usual authorities. */
  readonly ca?: string | undefined;
  readonly dial?: Dial | undefined;
}

export interface Guard {
  /**
   * A socket on its way to the target: 'connect' (with TLS 'secureConnect') says that it may be used. It fails
   * with an error whose `code` is one of `guardCodes` or the system's. What it reads goes to `onRead`.
   */
  connect(target: Target, onRead: OnReadOpts): Socket;
  /** How many sockets are open: connecting, in use or idle. */
  openSockets(): number;
  /** Closes all of them at once. */
  destroySockets(): void;
}

/** The `code` of errors that the guard makes itself. Their messages are sentences for the endpoint's owner. */
export const guardCodes = { addressRefused: 'ADDRESS_REFUSED', nameNotFound: 'NAME_NOT_FOUND' } as const;

/** Happy Eyeballs: time for one of a name's addresses before the next is tried; Node's 250 ms is too little for far hosts. */
const addressMsMax = 1_000;

/** A guard with its own set of sockets. Throws when `ca` is not a certificate. */
export function createGuard(options: GuardOptions): Guard {
  const { rules, dial = dialWithNode } = options;
  const resolve = shareLookups(options.resolve ?? createResolve(rules));
  const isAny: Accept = (ip) => rules.judge(ip) !== 'refused';
  const isAllowed: Accept = (ip) => rules.judge(ip) === 'allowed';
  const dialAny = { ...fixedOptions, lookup: createLookup(resolve, rules, isAny) };
  const dialAllowed = { ...fixedOptions, lookup: createLookup(resolve, rules, isAllowed) };
  const tls = createTlsOptions(options.ca);
  const sockets = new Set<Socket>();

  return {
    connect(target, onRead) {
      const { isTls, host, port } = target;
      const isForPublic = mayReachPublic(target, rules);
      if (isIP(host) !== 0 && !(isForPublic ? isAny : isAllowed)(host)) {
        return new Socket().destroy(refuse([host], rules));
      }
      const fixed = isForPublic ? dialAny : dialAllowed;
      const own = isTls ? { ...tls, servername: toServerName(host) } : {};
      const socket = dial({ ...fixed, ...own, host, port, onread: onRead }, isTls);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    openSockets: () => sockets.size,
    destroySockets() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

type Accept = (ip: string) => boolean;

const fixedOptions = {
  // A request is one write: waiting for an acknowledgement of the handshake only delays it.
  noDelay: true,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: addressMsMax,
};

const dialWithNode: Dial = (options, isTls) => (isTls ? connectTls(options) : connect(options));

/** What holds for every TLS connection, in every environment. */
function createTlsOptions(ca: string | undefined): ConnectionOptions {
  return {
    ALPNProtocols: ['http/1.1'],
    // Given explicitly, it wins over NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
    // Made once: parsing all authorities takes milliseconds. No session is resumed: that would skip the check
    // of the host name.
    secureContext: createSecureContext(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
  };
}

/** SNI (RFC 6066 3) holds a name without the trailing dot, and no address. */
function toServerName(host: string): string {
  return isIP(host) === 0 ? host.replace(/\.$/, '') : '';
}

/** A `lookup` for sockets that passes on acceptable addresses only, and fails when none is left. */
function createLookup(resolve: Resolve, rules: AddressRules, accept: Accept): LookupFunction {
  const findAcceptable = async (host: string): Promise<readonly ResolvedAddress[]> => {
    const found = await resolve(host).catch((cause: unknown) => {
      throw readShortage(cause) === null ? notFound(cause) : cause;
    });
    if (found.length === 0) throw notFound();
    const acceptable = found.filter(({ address }) => accept(address));
    if (acceptable.length > 0) return acceptable;
    throw refuse(
      found.map(({ address }) => address),
      rules,
    );
  };
  const lookUp = callbackify(findAcceptable);
  return (host, options, callback) => {
    lookUp(host, (error, found) => {
      const [first] = found ?? [];
      if (first === undefined) callback(error, '');
      else if (options.all === true) callback(null, [...found]);
      else callback(null, first.address, first.family);
    });
  };
}

/** One lookup at a time per name: many connections to a name with a slow server ask it once. */
function shareLookups(resolve: Resolve): Resolve {
  const running = new Map<string, Promise<readonly ResolvedAddress[]>>();
  return (host) => {
    const shared = running.get(host) ?? resolve(host).finally(() => running.delete(host));
    running.set(host, shared);
    return shared;
  };
}

/** Names no address: what a private name resolves to is not for the endpoint's owner to read. */
function refuse(ips: readonly string[], rules: AddressRules): Error {
  const isPublic = ips.every((ip) => rules.judge(ip) === 'public');
  return Object.assign(new Error(isPublic ? publicOnly(rules) : notPublic), {
    code: guardCodes.addressRefused,
  });
}

const notPublic =
  'The host name does not resolve to a public address; use a host that is reachable publicly (operators: ' +
  'CARILLON_ALLOW_TARGETS allows other addresses).';

function notFound(cause?: unknown): Error {
  return Object.assign(new Error('The host name could not be resolved.', { cause }), {
    code: guardCodes.nameNotFound,
  });
}
