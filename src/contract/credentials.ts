import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { Mode, choice, nullable, timeOut } from './schema.ts';

const id = Type.String({ examples: ['crd_01kdw2v0s7f4gr0000000000ab'] });
const createdAt = timeOut('When it was made.');
const key = Type.String({ description: 'The public half.', examples: ['5c1f0a9be2d44c6f'] });

const kind = choice(['bearer', 'key-pair'], {
  description: 'A token alone, or a key with a secret that signs requests.',
});

export const CredentialParams = Type.Object({
  tenant: Type.String({ minLength: 1, maxLength: 255, examples: ['acme'] }),
  id: Type.String({ description: 'The id of the credential.', minLength: 1, maxLength: 255 }),
});

export const Credential = Type.Object(
  {
    id,
    mode: Mode,
    kind,
    key: nullable(Type.String({ description: 'The public half of a key pair; null for a bearer token.' })),
    createdAt,
  },
  {
    $id: 'Credential',
    description: 'What a client of a dialect authenticates with. Its secret part is never shown again.',
  },
);
export type Credential = Static<typeof Credential>;

export const CredentialPage = pageOf(Credential, 'CredentialPage');
export type CredentialPage = Static<typeof CredentialPage>;

export const CreateCredential = Type.Object(
  {
    mode: Mode,
    kind: Type.Optional(
      choice(['bearer', 'key-pair'], {
        description: "Where the tenant's dialect takes both; its usual one when left out.",
      }),
    ),
  },
  { $id: 'CreateCredential', additionalProperties: false },
);
export type CreateCredential = Static<typeof CreateCredential>;

const IssuedBearer = Type.Object({
  id,
  mode: Mode,
  kind: Type.Literal('bearer'),
  token: Type.String({ description: 'Shown this once.' }),
  createdAt,
});

const IssuedKeyPair = Type.Object({
  id,
  mode: Mode,
  kind: Type.Literal('key-pair'),
  key,
  secret: Type.String({ description: 'Shown this once.' }),
  createdAt,
});

export const IssuedCredential = Type.Union([IssuedBearer, IssuedKeyPair], {
  $id: 'IssuedCredential',
  description: "A new credential with its secret part, in the form of the tenant's dialect.",
});
export type IssuedCredential = Static<typeof IssuedCredential>;
