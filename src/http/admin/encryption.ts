import { RotatedEncryption, RotateEncryptionQuery } from '#contract/encryption.ts';
import type { AdminTable } from '../operation.ts';

export const encryption = {
  rotateEncryption: {
    command: 'rotateEncryption',
    docs: {
      tag: 'Keys',
      summary: 'Encrypt stored secrets with the newest encryption key',
      description:
        'One step of up to 100 values. Call it again with `nextCursor` until that is null. Steps can be repeated, and begun again.',
    },
    query: RotateEncryptionQuery,
    answers: { 200: { description: 'What the step has done.', schema: RotatedEncryption } },
    parse: ({ query }) => ({ cursor: query.cursor ?? null }),
    reply: (result) => ({ status: 200, body: { ...result } }),
  },
} satisfies Partial<AdminTable>;
