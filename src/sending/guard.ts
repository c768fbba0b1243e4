// SSRF guard: opens every outgoing socket, and dials only addresses that the rules accept. It checks the
// address that is dialled, not the name: a literal before the socket is made (literals never reach `lookup`),
// and the answers for a name in the very `lookup` whose result the socket uses. There is no second resolution
// in between that could answer differently (DNS rebinding). Certificates are always verified. Where an egress proxy is asked, the
// guard judges the receiver first, and the proxy is asked for the address that passed: no name is resolved behind its back.
import {
  connect,
  isIP,
  type LookupFunction,
  type OnReadOpts,
  Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import { type ConnectionOptions, connect as connectTls, type SecureContext } from 'node:tls';
import { callbackify } from 'node:util';
import { type AddressRules, mayReachPublic, publicOnly } from './address.ts';
import type { EgressProxy } from './egress.ts';
import { createResolve, type Resolve, type ResolvedAddress } from './resolve.ts';
import { readShortage } from './shortage.ts';
import type { Target } from './target.ts';

export type DialOptions = TcpNetConnectOpts & ConnectionOptions & { onread?: OnReadOpts };

/** Opens a socket; Node's own functions, except in tests that must not open any. */
export type Dial = (options: DialOptions, isTls: boolean) => Socket;

export interface GuardOptions {
  readonly rules: AddressRules;
  readonly resolve?: Resolve | undefined;
  /** With the authorities that egress proxies are verified with. */
  readonly secureContext: SecureContext;
  readonly dial?: Dial | undefined;
}

export interface Guard {
  /**
   * A socket on its way to the target: 'connect' (with TLS 'secureConnect') says that it may be used. It fails
   * with an error whose `code` is one of `guardCodes` or the system's. What it reads goes to `onRead`.
   */
  connect(target: Target, secureContext: SecureContext, onRead: OnReadOpts): Socket;
  /** The address by which an egress proxy is asked for the target. Rejects with the errors of `connect`. */
  findAddress(target: Target): Promise<ResolvedAddress>;
  /** A socket on its way to a proxy of the operator, whose address is not judged: ready as in `connect`. */
  connectToProxy(proxy: EgressProxy, onRead: OnReadOpts): Socket;
  /** TLS with the target through a connection that leads there: 'secureConnect' says that it may be used. */
  secure(tunnel: Socket, target: Target, secureContext: SecureContext): Socket;
  /** How many sockets are open: connecting, in use or idle. */
  openSockets(): number;
  /** Closes all of them at once. */
  destroySockets(): void;
}

/** The `code` of errors that the guard makes itself. Their messages are sentences for the endpoint's owner. */
export const guardCodes = { addressRefused: 'ADDRESS_REFUSED', nameNotFound: 'NAME_NOT_FOUND' } as const;

/** Happy Eyeballs: time for one of a name's addresses before the next is tried; Node's 250 ms is too little for far hosts. */
const addressMsMax = 1_000;

/** A guard with its own set of sockets. */
export function createGuard(options: GuardOptions): Guard {
  const { rules, dial = dialWithNode } = options;
  const resolve = shareLookups(options.resolve ?? createResolve(rules));
  // The system may know the name of a proxy that no name server does.
  const resolveProxy = shareLookups(createResolve({ hasAllowed: true }));
  const any = createWay((ip) => rules.judge(ip) !== 'refused', resolve, rules);
  const allowed = createWay((ip) => rules.judge(ip) === 'allowed', resolve, rules);
  const wayTo = (target: Target): Way => (mayReachPublic(target, rules) ? any : allowed);
  const dialProxy = { ...fixedOptions, lookup: toLookup((host) => findAny(host, resolveProxy)) };
  const sockets = new Set<Socket>();
  const watch = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  let turn = 0;

  return {
    connect(target, secureContext, onRead) {
      const { isTls, host, port } = target;
      const { accept, dialOptions } = wayTo(target);
      if (isIP(host) !== 0 && !accept(host)) return new Socket().destroy(refuse([host], rules));
      const own = isTls ? tlsOptions(host, secureContext) : {};
      return watch(dial({ ...dialOptions, ...own, host, port, onread: onRead }, isTls));
    },
    async findAddress(target) {
      const { host } = target;
      const { accept, find } = wayTo(target);
      if (isIP(host) !== 0) {
        if (accept(host)) return { address: host, family: isIP(host) };
        throw refuse([host], rules);
      }
      const found = await find(host);
      // In turn, since only the proxy learns which of them answers.
      const usual = found.filter(({ family }) => family === found[0]?.family);
      const chosen = usual[turn++ % usual.length];
      if (chosen === undefined) throw notFound();
      return chosen;
    },
    connectToProxy({ isTls, host, port }, onRead) {
      const own = isTls ? tlsOptions(host, options.secureContext) : {};
      return watch(dial({ ...dialProxy, ...own, host, port, onread: onRead }, isTls));
    },
    secure: (tunnel, { host }, secureContext) =>
      // With the host, which is what the certificate is verified for when it is an address.
      connectTls({ ...tlsOptions(host, secureContext), host, socket: tunnel }),
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
function tlsOptions(host: string, secureContext: SecureContext): ConnectionOptions {
  return {
    ALPNProtocols: ['http/1.1'],
    // Given explicitly, it wins over NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
    // No session is resumed: that would skip the check of the host name.
    secureContext,
    servername: toServerName(host),
  };
}

/** SNI (RFC 6066 3) holds a name without the trailing dot, and no address. */
function toServerName(host: string): string {
  return isIP(host) === 0 ? host.replace(/\.$/, '') : '';
}

/** How targets are reached for which these addresses are acceptable. */
interface Way {
  readonly accept: Accept;
  /** Only acceptable addresses; rejects when none is left. */
  readonly find: Resolve;
  readonly dialOptions: typeof fixedOptions & { readonly lookup: LookupFunction };
}

function createWay(accept: Accept, resolve: Resolve, rules: AddressRules): Way {
  const find: Resolve = async (host) => {
    const found = await findAny(host, resolve);
    const acceptable = found.filter(({ address }) => accept(address));
    if (acceptable.length > 0) return acceptable;
    throw refuse(
      found.map(({ address }) => address),
      rules,
    );
  };
  return { accept, find, dialOptions: { ...fixedOptions, lookup: toLookup(find) } };
}

async function findAny(host: string, resolve: Resolve): Promise<readonly ResolvedAddress[]> {
  const found = await resolve(host).catch((cause: unknown) => {
    throw readShortage(cause) === null ? notFound(cause) : cause;
  });
  if (found.length === 0) throw notFound();
  return found;
}

/** A `lookup` for sockets. */
function toLookup(find: Resolve): LookupFunction {
  const lookUp = callbackify(find);
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
