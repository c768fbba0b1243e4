// What is typed for a new portal session, and the request that it becomes.
import type { CreatePortalSession, PortalPermission } from '#contract/portal.ts';
import type { Mode } from '#contract/schema.ts';

const words: Readonly<Record<PortalPermission, string>> = {
  read: 'show endpoints, deliveries and event types',
  endpoints: 'create, change and remove endpoints',
  secrets: 'show and rotate secrets',
  redeliver: 'redeliver one delivery',
  replay: 'replay many',
  test: 'send test events',
};

export const permissions = Object.entries(words) as readonly (readonly [PortalPermission, string])[];

export interface PortalDraft {
  readonly permissions: readonly PortalPermission[];
  readonly seconds: string;
  /** One in a line. */
  readonly origins: string;
  readonly returnUrl: string;
  readonly colorScheme: string;
  readonly accent: string;
  readonly name: string;
}

export const newDraft: PortalDraft = {
  permissions: permissions.map(([permission]) => permission),
  seconds: '3600',
  origins: '',
  returnUrl: '',
  colorScheme: 'auto',
  accent: '',
  name: '',
};

export function toBody(draft: PortalDraft, mode: Mode): CreatePortalSession {
  const origins = draft.origins.split(/\s+/).filter((origin) => origin !== '');
  const theme = {
    ...(draft.colorScheme === 'auto' ? {} : { colorScheme: draft.colorScheme as 'light' | 'dark' }),
    ...(draft.accent.trim() === '' ? {} : { accent: draft.accent.trim() }),
    ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
  };
  return {
    mode,
    permissions: [...draft.permissions],
    expiresInSeconds: Number(draft.seconds),
    ...(origins.length === 0 ? {} : { embedOrigins: origins }),
    ...(draft.returnUrl.trim() === '' ? {} : { returnUrl: draft.returnUrl.trim() }),
    ...(Object.keys(theme).length === 0 ? {} : { theme }),
  };
}
