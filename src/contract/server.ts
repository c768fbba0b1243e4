import { type Static, Type } from 'typebox';
import { KeyScope } from './keys.ts';
import { choice, nullable, timeOut } from './schema.ts';

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

const ProcessRole = choice(['api', 'worker', 'all'], {
  $id: 'ProcessRole',
  description: 'What a process does. Null where the database does not tell.',
});

const ServerProcess = Type.Object(
  {
    own: Type.Boolean({ description: 'Whether it is the process that answers.' }),
    role: nullable(ProcessRole),
    version: nullable(Type.String({ examples: ['0.1.0'] })),
    host: nullable(
      Type.String({
        description: 'The name of its machine; of another process, without the end of a long one.',
        examples: ['worker-1'],
      }),
    ),
    pid: nullable(Type.Integer({ description: 'Its number on that machine.' })),
    startedAt: timeOut('When it began to use the database.'),
  },
  { $id: 'ServerProcess', description: 'A process that lives.' },
);
export type ServerProcess = Static<typeof ServerProcess>;

const ServerDatabase = Type.Object(
  {
    kind: choice(['sqlite', 'postgres']),
    name: Type.String({
      description: 'Its place, without user and password.',
      examples: ['postgres://db.example:5432/carillon'],
    }),
    version: Type.String({ description: 'Of the database engine.', examples: ['18.4'] }),
    schema: Type.Integer({ description: 'The number of its last migration.' }),
    sizeBytes: Type.Integer({ description: 'Of a SQLite file, without its write-ahead log.' }),
  },
  { $id: 'ServerDatabase', description: 'The database of a server.' },
);

const ServerSetting = Type.Object(
  {
    name: Type.String({ description: 'The environment variable.', examples: ['CARILLON_RETENTION'] }),
    value: Type.String({
      description: 'As text. Of a secret, `set` or `not set`.',
      examples: ['30d'],
    }),
    given: Type.Boolean({ description: 'Whether it is another one than the default.' }),
    secret: Type.Boolean(),
    default: Type.String({ description: 'Empty when there is none.', examples: ['30d'] }),
    meaning: Type.String(),
  },
  { $id: 'ServerSetting', description: 'A setting of the process that answers.' },
);
export type ServerSetting = Static<typeof ServerSetting>;

export const Server = Type.Object(
  {
    version: Type.String({ description: 'Of the process that answers.', examples: ['0.1.0'] }),
    node: Type.String({ description: 'The version of Node.js that it runs on.', examples: ['24.11.1'] }),
    paused: Type.Boolean({ description: 'It takes in events and delivers nothing.' }),
    troubles: Type.Array(Type.String(), { description: 'Why it is not ready; empty when it is.' }),
    processes: Type.Array(ServerProcess, {
      description: 'The one that answers, then those that share its database.',
    }),
    database: ServerDatabase,
    settings: Type.Array(ServerSetting, { description: 'In the order of `carillon serve --help`.' }),
  },
  { $id: 'Server', description: 'What a server is and runs with.' },
);
export type Server = Static<typeof Server>;
