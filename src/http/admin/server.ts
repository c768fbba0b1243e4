import { Resumed, Server, WhoAmI } from '#contract/server.ts';
import type { AdminTable } from '../operation.ts';

const tag = 'Server';

export const server = (version: string) =>
  ({
    resume: {
      command: 'resume',
      docs: {
        tag,
        summary: 'Begin deliveries in a server that was started paused',
        description: 'Of the process that answers, until it ends: see CARILLON_PAUSED.',
      },
      answers: { 200: { description: 'Deliveries go on.', schema: Resumed } },
      parse: () => ({}),
      reply: (resumed) => ({ status: 200, body: { resumed } }),
    },
    describeServer: {
      command: 'describeServer',
      docs: {
        tag,
        summary: 'Show the server, its processes, its database and its settings',
        description:
          'Settings are those of the process that answers; of a secret it is said whether it is set.',
      },
      answers: { 200: { description: 'The server.', schema: Server } },
      parse: () => ({}),
      reply: (described) => ({ status: 200, body: described }),
    },
    whoami: {
      command: 'whoami',
      docs: { tag, summary: 'Show the key of this request, and what it may do' },
      answers: { 200: { description: 'The key.', schema: WhoAmI } },
      parse: ({ access }) => access,
      reply: ({ actor: { id, name, kind }, scopes, tenants }) => ({
        status: 200,
        body: {
          version,
          key: { id, name, kind: kind === 'root' ? 'configuration' : 'key' },
          scopes: [...scopes],
          tenants: tenants === null ? null : [...tenants],
        },
      }),
    },
  }) satisfies Partial<AdminTable>;
