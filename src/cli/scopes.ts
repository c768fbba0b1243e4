// Which scope of an admin key each command needs: that of the routes it calls. Shown at the end of its help.
import type { Command } from 'commander';
import { type RouteName, routes } from '#contract/routes.ts';

/** The routes that a command calls, by its name. Commands that are not here call none, or need no scope. */
const routesOf: Readonly<Record<string, readonly RouteName[]>> = {
  resume: ['resume'],
  status: ['describeServer'],
  'tenants create': ['createTenant'],
  'tenants list': ['listTenants'],
  'tenants show': ['getTenant'],
  'tenants rename': ['changeTenant'],
  'tenants change': ['changeTenant'],
  'tenants remove': ['removeTenant'],
  'credentials create': ['createCredential'],
  'credentials list': ['listCredentials'],
  'credentials remove': ['removeCredential'],
  'keys create': ['createKey'],
  'keys list': ['listKeys'],
  'keys revoke': ['removeKey'],
  'keys rotate-encryption': ['rotateEncryption'],
  audit: ['listAudit'],
  'portal-sessions create': ['createPortalSession'],
  'portal-sessions list': ['listPortalSessions'],
  'portal-sessions revoke': ['removePortalSession'],
  'portal-sessions revoke-all': ['removePortalSessions'],
  'alerts create': ['createAlert'],
  'alerts list': ['listAlerts'],
  'alerts show': ['getAlert'],
  'alerts change': ['changeAlert'],
  'alerts test': ['testAlert'],
  'alerts snooze': ['snoozeAlert'],
  'alerts remove': ['removeAlert'],
  'endpoints create': ['createEndpoint'],
  'endpoints list': ['listEndpoints', 'findEndpoints'],
  'endpoints show': ['getEndpoint', 'countDeliveries'],
  'endpoints change': ['changeEndpoint'],
  'endpoints enable': ['enableEndpoint'],
  'endpoints disable': ['disableEndpoint'],
  'endpoints rotate-secret': ['rotateSecret'],
  check: ['checkEndpoint', 'getCheck'],
  'endpoints test': ['sendTest'],
  'endpoints test-filter': ['testFilter'],
  'endpoints purge': ['purgeEndpoint'],
  'endpoints backfill': ['createBackfill', 'getReplay'],
  'endpoints remove': ['removeEndpoint'],
  'events publish': ['publishEvent', 'publishBatch'],
  outbox: ['publishBatch'],
  'events list': ['listEvents'],
  'events show': ['getEvent'],
  'events explain': ['explainEvent'],
  'events resend': ['getEvent', 'listDeliveries', 'redeliver'],
  trigger: ['getTenant', 'getEventType', 'publishEvent', 'listDeliveries'],
  'event-types list': ['listEventTypes'],
  'event-types show': ['getEventType'],
  'event-types set': ['getEventType', 'setEventType'],
  'event-types remove': ['removeEventType'],
  'event-types import': ['listEventTypes', 'setEventType', 'removeEventType'],
  'event-types export': ['exportEventTypes'],
  types: ['getTenant', 'listEventTypes'],
  'deliveries list': ['listDeliveries', 'findDeliveries'],
  'deliveries show': ['getDelivery', 'listDeliveryAttempts'],
  'deliveries redeliver': ['redeliver'],
  'deliveries cancel': ['cancelDelivery'],
  'deliveries tail': ['tailAttempts'],
  tail: ['tailAttempts'],
  listen: ['listEndpoints', 'createEndpoint', 'streamDeliveries', 'revealSecret'],
  attention: ['listAttention'],
  'replay start': ['createReplay'],
  'replay list': ['listReplays'],
  'replay status': ['getReplay'],
  'replay watch': ['getReplay'],
  'replay stop': ['stopReplay'],
  stats: ['readStats'],
};

export function addScopes(program: Command): void {
  for (const [name, called] of Object.entries(routesOf)) {
    const scopes = [...new Set(called.map((route) => routes[route].scope).filter((scope) => scope !== null))];
    const command = name
      .split(' ')
      .reduce<Command | undefined>(
        (group, word) => group?.commands.find((one) => one.name() === word),
        program,
      );
    if (command === undefined) throw new Error(`there is no command "${name}"`);
    command.addHelpText('after', `\nNeeds a key with the scope ${scopes.join(' and ')}.`);
  }
}
