import { type Static, Type } from 'typebox';
import { pageOf } from './page.ts';
import { Mode, choice, nullable, timeOut } from './schema.ts';

const id = Type.String({ examples: ['crd_01kdw2v0s7f4gr0000000000ab'] });
const createdAt = timeOut('When it was created.');
const secretOnce = { description: 'Shown only in this answer.' };

const CredentialKind = choice(['bearer', 'key-pair'], {
  $id: 'CredentialKind',
  description: '`bearer`: a token. `key-pair`: a key, and a secret that signs requests.',
});

export const Credential = Type.Object(
  {
    id,
    mode: Mode,
    kind: CredentialKind,
    key: nullable(Type.String({ description: 'The public half of a key pair; null for a bearer token.' })),
    createdAt,
  },
  {
    $id: 'Credential',
    description: 'What a client of a dialect authenticates with, without its secret part.',
  },
);
export type Credential = Static<typeof Credential>;

export const CredentialPage = pageOf(Credential, 'CredentialPage');
export type CredentialPage = Static<typeof CredentialPage>;

export const CreateCredential = Type.Object(
  { mode: Mode, kind: Type.Optional(CredentialKind) },
  {
    $id: 'CreateCredential',
    description: 'Without a `kind`, the usual one of the dialect of the tenant.',
    additionalProperties: false,
  },
);
export type CreateCredential = Static<typeof CreateCredential>;

const IssuedBearer = Type.Object(
  { id, mode: Mode, kind: Type.Literal('bearer'), token: Type.String(secretOnce), createdAt },
  { $id: 'IssuedBearer', description: 'A new bearer token.' },
);

const IssuedKeyPair = Type.Object(
  {
    id,
    mode: Mode,
    kind: Type.Literal('key-pair'),
    key: Type.String({ description: 'The public half.', examples: ['5c1f0a9be2d44c6f'] }),
    secret: Type.String(secretOnce),
    createdAt,
  },
  { $id: 'IssuedKeyPair', description: 'A new key pair.' },
);

export const IssuedCredential = Type.Union([IssuedBearer, IssuedKeyPair], {
  $id: 'IssuedCredential',
  description: "A new credential with its secret part, in the form of the tenant's dialect.",
});
export type IssuedCredential = Static<typeof IssuedCredential>;
