// Settings of an endpoint: what its owner or the operator sets about its deliveries. One value, stored in one column; the parts
// of it that are secret are sealed together and stored in a column of their own.
import type { DisablingRule } from './disabling.ts';
import type { Filter } from './filter/filter.ts';
import type { Schedule } from './schedule.ts';

/** A member that is absent leaves it to the dialect. */
export interface EndpointSettings {
  readonly filter?: Filter;
  readonly headers?: readonly StaticHeader[];
  readonly authorization?: Authorization;
  /** Deadline of a whole exchange. */
  readonly timeoutMs?: number;
  /** When attempts are made. The first delay is that of the first attempt, 0. */
  readonly retry?: Schedule;
  /** When failures disable it. */
  readonly disableAfter?: DisablingRule;
  readonly rateLimit?: RateLimit;
  /** Requests in flight at once, in each process. The server's own limit also applies. */
  readonly inFlightMax?: number;
  readonly tls?: TlsSettings;
  /** The name of an egress proxy, or `direct`. */
  readonly egress?: string;
  /** The source of a function; see core/transform.ts. */
  readonly transform?: string;
}

/** Token bucket of the requests to an endpoint, in each process. */
export interface RateLimit {
  readonly perSecond: number;
  /** Requests that may start at once after a quiet time. */
  readonly burst: number;
}

/** What is known of the certificates; their texts are sealed with the key, since only the sender needs them. */
export interface TlsSettings {
  /** The authorities that its receiver's certificate is verified with, in place of the public ones. */
  readonly ca?: readonly CertificateFacts[];
  /** That of the client first, then those that lead to its authority. */
  readonly clientCertificate?: readonly CertificateFacts[];
  readonly minVersion?: TlsVersion;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** RFC 3339. */
  readonly notAfter: string;
  /** Of its DER, in hex. */
  readonly sha256: string;
}

/** A header of every request. The value is null where it is sealed. */
export interface StaticHeader {
  readonly name: string;
  readonly value: string | null;
}

/** The header `Authorization`; its password or token is sealed. */
export type Authorization =
  { readonly type: 'basic'; readonly username: string } | { readonly type: 'bearer' };

/** The secret parts, opened. */
export interface SettingSecrets {
  /** Values by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The password or the token of `authorization`. */
  readonly authorization?: string;
  readonly tls?: TlsTexts;
}

/** In PEM. */
export interface TlsTexts {
  readonly ca?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

/** Settings as a request gives them: secrets in the open. */
export interface GivenSettings {
  readonly filter: Filter;
  readonly headers: readonly GivenHeader[];
  readonly authorization: GivenAuthorization;
  readonly timeoutMs: number;
  readonly retry: GivenRetry;
  readonly disableAfter: GivenDisabling;
  readonly rateLimit: GivenRateLimit;
  readonly inFlightMax: number;
  readonly tls: GivenTls;
  readonly egress: string;
  readonly transform: string;
}

/** What is left out stays as it is; null removes it. */
export type GivenTls = { readonly [Name in keyof TlsTexts]?: string | null } & {
  readonly minVersion?: TlsVersion | null;
};

/** Without a value: the sealed one that a header of this name has. */
export interface GivenHeader {
  readonly name: string;
  readonly value?: string | null;
  readonly secret?: boolean;
}

export interface GivenAuthorization {
  readonly type: 'basic' | 'bearer';
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}

/** The delays before the attempts after the first one. */
export interface GivenRetry {
  readonly delaysMs: readonly number[];
  readonly jitter?: number;
  readonly from?: 'previous' | 'first';
}

/** One of its members. */
export type GivenDisabling = {
  readonly failures?: number;
  readonly spanMs?: number;
  readonly never?: true;
};

export interface GivenRateLimit {
  readonly perSecond: number;
  readonly burst?: number;
}

/** What changes of the settings; null removes a setting. */
export type SettingsPatch = { readonly [Name in keyof GivenSettings]?: GivenSettings[Name] | null };

/** The settings as our own APIs show them, without secrets: null for those that are not set. */
export function showSettings(settings: EndpointSettings) {
  const { filter, headers, authorization, timeoutMs, retry, disableAfter } = settings;
  const { rateLimit, inFlightMax, tls, egress, transform } = settings;
  return {
    filter: filter ?? null,
    headers: headers?.map(({ name, value }) => ({ name, value, secret: value === null })) ?? null,
    authorization:
      authorization === undefined
        ? null
        : {
            type: authorization.type,
            username: authorization.type === 'basic' ? authorization.username : null,
          },
    timeoutMs: timeoutMs ?? null,
    retry: retry === undefined ? null : { ...retry, delaysMs: retry.delaysMs.slice(1) },
    disableAfter: disableAfter === undefined ? null : showRule(disableAfter),
    rateLimit: rateLimit === undefined ? null : { ...rateLimit },
    inFlightMax: inFlightMax ?? null,
    tls: tls === undefined ? null : showTls(tls),
    egress: egress ?? null,
    transform: transform ?? null,
  };
}

function showTls({ ca, clientCertificate, minVersion }: TlsSettings) {
  return {
    ca: ca?.map((facts) => ({ ...facts })) ?? null,
    clientCertificate: clientCertificate?.map((facts) => ({ ...facts })) ?? null,
    hasClientKey: clientCertificate !== undefined,
    minVersion: minVersion ?? null,
  };
}

function showRule(rule: DisablingRule): GivenDisabling {
  switch (rule.kind) {
    case 'failures-in-row':
      return { failures: rule.failures };
    case 'failing-for':
      return { spanMs: rule.ms };
    default:
      return { never: true };
  }
}

/** The associated data under which the secret parts are sealed. */
export const settingsContext = (endpoint: string): string => `endpoint:${endpoint}:settings`;
