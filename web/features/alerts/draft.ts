// What is typed for an alert, and the request that it becomes.
import type { Alert, AlertType, ChangeAlert, CreateAlert } from '#contract/alerts.ts';

const words: Readonly<Record<AlertType, string>> = {
  'endpoint.failing': 'an endpoint is half way to being disabled',
  'endpoint.disabled': 'it was disabled after failures, or answered 410',
  'endpoint.recovered': 'it accepts again after it had failed',
  'delivery.exhausted': 'the last attempt of deliveries failed',
  'backlog.growing': 'what is due for an endpoint waits for too long',
  'replay.finished': 'a replay has redelivered all',
};

export const alertTypes = Object.entries(words) as readonly (readonly [AlertType, string])[];

export const kinds = ['webhook', 'email', 'chat'] as const;
type Kind = (typeof kinds)[number];

export interface AlertDraft {
  readonly name: string;
  readonly types: readonly AlertType[];
  /** Ids with spaces between; empty for all. */
  readonly tenants: string;
  readonly kind: Kind;
  /** Of a webhook or a chat. The URL of a chat is not read back: empty, it stays. */
  readonly url: string;
  /** Addresses with spaces between. */
  readonly to: string;
  readonly windowSeconds: string;
}

export const newDraft: AlertDraft = {
  name: '',
  types: alertTypes.map(([type]) => type),
  tenants: '',
  kind: 'webhook',
  url: '',
  to: '',
  windowSeconds: '900',
};

export function readDraft({ name, types, tenants, via, windowSeconds }: Alert): AlertDraft {
  return {
    name,
    types,
    tenants: tenants?.join(' ') ?? '',
    kind: via.kind,
    url: via.kind === 'webhook' ? (via.url ?? '') : '',
    to: via.kind === 'email' ? via.to.join(' ') : '',
    windowSeconds: String(windowSeconds),
  };
}

export function toCreate(draft: AlertDraft): CreateAlert {
  const tenants = listOf(draft.tenants);
  return {
    name: draft.name.trim(),
    types: [...draft.types],
    via: toVia(draft),
    windowSeconds: Number(draft.windowSeconds),
    ...(tenants.length === 0 ? {} : { tenants }),
  };
}

/** What differs from `before`: the rest stays as it is, for other clients too. */
export function toChange(draft: AlertDraft, before: AlertDraft): ChangeAlert {
  const differs = (name: keyof AlertDraft): boolean =>
    JSON.stringify(draft[name]) !== JSON.stringify(before[name]);
  const tenants = listOf(draft.tenants);
  return {
    ...(differs('name') ? { name: draft.name.trim() } : {}),
    ...(differs('types') ? { types: [...draft.types] } : {}),
    ...(differs('tenants') ? { tenants: tenants.length === 0 ? null : tenants } : {}),
    ...(differs('url') || differs('to') ? { via: toVia(draft) } : {}),
    ...(differs('windowSeconds') ? { windowSeconds: Number(draft.windowSeconds) } : {}),
  };
}

function toVia({ kind, url, to }: AlertDraft): CreateAlert['via'] {
  return kind === 'email' ? { kind, to: listOf(to) } : { kind, url: url.trim() };
}

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((each) => each !== '');
}

/** Whether and when people learn that it is over. */
export function describeRecovery(types: readonly AlertType[]): string {
  if (!types.includes('endpoint.recovered')) return 'not told';
  const tellsFailures = types.includes('endpoint.failing') || types.includes('endpoint.disabled');
  return tellsFailures ? 'told once, after the failure was told' : 'each one is told';
}
