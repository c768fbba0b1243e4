import { type Static, Type } from 'typebox';
import { eventTypeIn, idIn, Mode } from './schema.ts';
import { Outcome } from './deliveries.ts';

export const TailQuery = Type.Object(
  {
    tenant: Type.Optional(idIn('Only those of this tenant.', 'acme')),
    endpoint: Type.Optional(idIn('Only those for this endpoint.', 'ep_01kdw2v0s7f4gr0000000000ab')),
    type: Type.Optional(eventTypeIn('Only those of events of this type.')),
    outcome: Type.Optional(Outcome),
    mode: Type.Optional(Mode),
  },
  { additionalProperties: false },
);
export type TailQuery = Static<typeof TailQuery>;
