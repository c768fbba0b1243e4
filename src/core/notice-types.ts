// Notices to a tenant about the health of its endpoints, by their event types.

export const healthKinds = ['failing', 'disabled', 'recovered'] as const;

/** `endpoint.failing`, `endpoint.disabled`, `endpoint.recovered`. */
export const healthNoticeTypes: ReadonlySet<string> = new Set(healthKinds.map((kind) => `endpoint.${kind}`));
