// What a move does with each table of a database: all of them are named here, so that a table that is added later is not forgotten.

export const tables = {
  /** Rows of a tenant, which are copied while its slot is sealed, and then deleted where they were. */
  copied: [
    'tenants',
    'tenant_secrets',
    'endpoints',
    'replays',
    'endpoint_checks',
    'events',
    'event_ids',
    'deliveries_ended',
    'deliveries_waiting',
    'attempts',
    'stats',
  ],
  /** Rows of a tenant that are of the same use in either database: they follow after the switch. */
  carried: ['audit_log', 'alert_signals', 'alert_messages'],
  /** Written by triggers on what is copied. */
  derived: ['endpoint_types'],
  /** A move waits until there is none of its tenants. */
  awaited: ['fan_outs'],
  /** In the directory alone. */
  directory: [
    'admin_keys',
    'catalogue',
    'console_sessions',
    'credentials',
    'event_types',
    'portal_sessions',
    'slot_map',
    'slot_move',
    'unfinished_tenants',
  ],
  /** Of the database itself: what it was told lately, who shares it, what it serves. There is no archive with partitions. */
  own: [
    'alert_channels',
    'alert_windows',
    'alerts',
    'archive',
    'archive_files',
    'closed_slots',
    'metadata',
    'migrations',
    'moved_events',
    'processes',
    'slot_arrivals',
  ],
} as const;
