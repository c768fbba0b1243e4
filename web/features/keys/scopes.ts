// The scopes of keys, and what each allows.
import type { KeyScope } from '#contract/keys.ts';

const words: Readonly<Record<KeyScope, string>> = {
  publish: 'publish events',
  read: 'show and list everything but keys: tenants, endpoints, events with payloads, deliveries',
  endpoints: 'create and change endpoints, send test events',
  secrets: 'show and rotate secrets, make credentials and portal sessions',
  replay: 'redeliver, replay and cancel',
  tenants: 'create, change and remove tenants; the event catalogue',
  keys: 'make and revoke keys, read the audit log',
};

export const scopes = Object.entries(words) as readonly (readonly [KeyScope, string])[];
