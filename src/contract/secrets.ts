// Signing secrets: brought by a client, and shown again.
import { type Static, Type } from 'typebox';
import { Mode, nullable, timeOut } from './schema.ts';

/** Its dialect says which form it has. */
export const ownSecret = Type.String({
  description:
    'A signing secret of your own, in the form of the dialect: `whsec_` and 24 to 64 bytes in base64 where deliveries are signed ' +
    'by Standard Webhooks. The server makes one if it is left out.',
  minLength: 1,
  maxLength: 1024,
  writeOnly: true,
});

export const previousSecretEndsAt = nullable(
  timeOut(
    'When the secret before the current one stops signing, or has stopped. Null when there was none, or it stopped at once.',
  ),
);

export const RevealedSecret = Type.Object(
  {
    endpoint: Type.String({ description: 'The id of the endpoint.' }),
    secret: Type.String({ description: 'Signs its deliveries.' }),
    previousSecretEndsAt,
  },
  { $id: 'RevealedSecret', description: 'The signing secret of an endpoint.' },
);
export type RevealedSecret = Static<typeof RevealedSecret>;

const mode = Type.Optional(Mode);

export const RevealTenantSecret = Type.Object(
  { mode },
  { $id: 'RevealTenantSecret', description: '`mode` is `live` when absent.', additionalProperties: false },
);
export type RevealTenantSecret = Static<typeof RevealTenantSecret>;

export const RotateTenantSecret = Type.Object(
  { mode, secret: Type.Optional(ownSecret) },
  { $id: 'RotateTenantSecret', description: '`mode` is `live` when absent.', additionalProperties: false },
);
export type RotateTenantSecret = Static<typeof RotateTenantSecret>;

export const TenantSecret = Type.Object(
  {
    mode: Mode,
    secret: nullable(
      Type.String({
        description: 'Signs the deliveries of all endpoints of this mode. Null while none is set.',
      }),
    ),
  },
  { $id: 'TenantSecret', description: 'The signing secret that the endpoints of a tenant share.' },
);
export type TenantSecret = Static<typeof TenantSecret>;
