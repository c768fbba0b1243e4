import { Resumed } from '#contract/server.ts';
import type { AdminTable } from '../operation.ts';

export const server = {
  resume: {
    command: 'resume',
    docs: {
      tag: 'Server',
      summary: 'Begin deliveries in a server that was started paused',
      description: 'Of the process that answers, until it ends: see CARILLON_PAUSED.',
    },
    answers: { 200: { description: 'Deliveries go on.', schema: Resumed } },
    parse: () => ({}),
    reply: (resumed) => ({ status: 200, body: { resumed } }),
  },
} satisfies Partial<AdminTable>;
