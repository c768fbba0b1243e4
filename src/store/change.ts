// Applies a change to an endpoint. Every store uses it.
import { type Endpoint, goodHealth } from '#core/endpoint.ts';
import type { EndpointChange } from './store.ts';

/** The endpoint with the fields that the change gives; the others keep their values. */
export function applyChange(before: Endpoint, change: EndpointChange): Endpoint {
  const { url, eventTypes, description, attributes, metadata, secrets, settings, sealedSettings, enabled } =
    change;
  const changed: Endpoint = {
    ...before,
    url: url ?? before.url,
    eventTypes: eventTypes ?? before.eventTypes,
    description: description === undefined ? before.description : description,
    attributes: attributes ?? before.attributes,
    metadata: metadata ?? before.metadata,
    secrets: secrets ?? before.secrets,
    settings: settings ?? before.settings,
    sealedSettings: sealedSettings === undefined ? before.sealedSettings : sealedSettings,
    updatedAt: change.now,
    revision: before.revision + 1,
  };
  if (enabled === undefined) return changed;
  if (enabled.value) {
    return { ...changed, enabled: true, disabledReason: null, disabledAt: null, health: goodHealth };
  }
  const disabledAt = before.disabledAt ?? change.now;
  return { ...changed, enabled: false, disabledReason: enabled.reason, disabledAt };
}
