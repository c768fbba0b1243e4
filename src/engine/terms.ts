// What the settings of an endpoint make of its deliveries: computed once for each revision of it.
import type { Endpoint } from '#core/endpoint.ts';
import type { DeliveryPolicy } from '#core/retry.ts';
import { type EndpointSettings, type SettingSecrets, settingsContext } from '#core/settings.ts';
import type { Dialect, WireHeaders } from '#dialects/dialect.ts';
import { given } from '#lib/given.ts';
import type { Seal } from '#lib/seal.ts';
import { type ConnectionTerms, createConnectionTerms } from '#sending/connection-terms.ts';
import { type LaneLimits, noLimits } from './rate-limit.ts';

export interface DeliveryTerms {
  /** That of the dialect, with what the endpoint sets. */
  readonly policy: DeliveryPolicy;
  /** Of every request, besides those of the dialect; null for none. */
  readonly headers: OwnHeaders | null;
  readonly limits: LaneLimits;
  /** Null where connections are made as the server makes them. */
  readonly connection: ConnectionTerms | null;
}

export interface OwnHeaders {
  readonly sent: WireHeaders;
  /** Without secrets, for the log. */
  readonly shown: WireHeaders;
}

/** What the log of attempts has in place of a secret value. */
const hidden = '(secret)';

export function termsOf(endpoint: Endpoint, { policy }: Dialect, seal: Seal): DeliveryTerms {
  const { id, settings, sealedSettings } = endpoint;
  const secrets: SettingSecrets =
    sealedSettings === null ? {} : JSON.parse(seal.open(sealedSettings, settingsContext(id)));
  return {
    policy: policyOf(settings, policy),
    headers: headersOf(settings, secrets),
    connection: connectionOf(settings, secrets),
    limits: limitsOf(settings),
  };
}

function connectionOf({ tls, egress }: EndpointSettings, secrets: SettingSecrets): ConnectionTerms | null {
  const { minVersion } = tls ?? {};
  const own = tls === undefined ? null : { ...secrets.tls, ...given({ minVersion }) };
  return createConnectionTerms(own, egress ?? null);
}

function limitsOf({ rateLimit, inFlightMax }: EndpointSettings): LaneLimits {
  if (rateLimit === undefined && inFlightMax === undefined) return noLimits;
  return { rate: rateLimit ?? null, inFlightMax: inFlightMax ?? Infinity };
}

function policyOf(settings: EndpointSettings, policy: DeliveryPolicy): DeliveryPolicy {
  const { timeoutMs, retry, disableAfter } = settings;
  return {
    ...policy,
    timeoutMs: timeoutMs ?? policy.timeoutMs,
    schedule: retry ?? policy.schedule,
    disabling: disableAfter ?? policy.disabling,
  };
}

function headersOf(
  { headers = [], authorization }: EndpointSettings,
  secrets: SettingSecrets,
): OwnHeaders | null {
  if (headers.length === 0 && authorization === undefined) return null;
  const sent: Record<string, string> = {};
  const shown: Record<string, string> = {};
  for (const { name, value } of headers) {
    sent[name] = value ?? secrets.headers?.[name.toLowerCase()] ?? '';
    shown[name] = value ?? hidden;
  }
  if (authorization !== undefined) {
    const secret = secrets.authorization ?? '';
    const credentials =
      authorization.type === 'bearer'
        ? `Bearer ${secret}`
        : `Basic ${Buffer.from(`${authorization.username}:${secret}`).toString('base64')}`;
    sent['Authorization'] = credentials;
    shown['Authorization'] = hidden;
  }
  return { sent, shown };
}
