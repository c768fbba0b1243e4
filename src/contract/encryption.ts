import { type Static, Type } from 'typebox';
import { pageQuery } from './page.ts';
import { nullable } from './schema.ts';

export const RotateEncryptionQuery = Type.Object(
  { cursor: pageQuery.cursor },
  { additionalProperties: false },
);
export type RotateEncryptionQuery = Static<typeof RotateEncryptionQuery>;

const count = (description: string) => Type.Integer({ description, minimum: 0 });

export const RotatedEncryption = Type.Object(
  {
    examined: count('Values that the step has read.'),
    resealed: count('Values that it has encrypted with the newest key.'),
    remaining: count(
      'Values that none of the keys decrypts, and in the last step all that the newest key has not encrypted.',
    ),
    nextCursor: nullable(
      Type.String({ description: 'The `cursor` of the next step; null when this was the last.' }),
    ),
  },
  { $id: 'RotatedEncryption', description: 'What a step of a rotation of the encryption key has done.' },
);
export type RotatedEncryption = Static<typeof RotatedEncryption>;
