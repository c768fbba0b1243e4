import { type Static, Type } from 'typebox';
import { KeyScope } from './keys.ts';
import { choice } from './schema.ts';

export const Resumed = Type.Object(
  { resumed: Type.Boolean({ description: 'False when deliveries were not paused.' }) },
  { $id: 'Resumed', description: 'What became of the pause of a server.' },
);
export type Resumed = Static<typeof Resumed>;

export const WhoAmI = Type.Object(
  {
    version: Type.String({ description: 'Of the server.', examples: ['0.1.0'] }),
    key: Type.Object({
      id: Type.String({ description: 'Of a key of the configuration, its fingerprint.' }),
      name: Type.String(),
      kind: choice(['configuration', 'key'], { description: 'Whether it is a key of the configuration.' }),
    }),
    scopes: Type.Array(KeyScope),
    tenants: Type.Unsafe<string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'The tenants that it reaches; null for all.',
    }),
  },
  { $id: 'WhoAmI', description: 'The key of a request, and what it may do.' },
);
export type WhoAmI = Static<typeof WhoAmI>;
