import { type Static, Type } from 'typebox';
import { choice, eventTypeIn, Mode, nullable, timeOut } from './schema.ts';

export const CheckEndpoint = Type.Object(
  {
    type: Type.Optional(
      eventTypeIn('Event type of the events that are sent. Absent: that of the test event of the dialect.'),
    ),
  },
  { $id: 'CheckEndpoint', description: 'What is sent to the receiver.', additionalProperties: false },
);
export type CheckEndpoint = Static<typeof CheckEndpoint>;

export const CheckItem = Type.Object(
  {
    name: choice(
      [
        'valid',
        'redirect',
        'repeated',
        'wrong-signature',
        'old-timestamp',
        'unsigned',
        'unknown-type',
        'burst',
        'out-of-order',
        'tls',
      ],
      { $id: 'CheckItemName', description: 'What was tried; see docs/check.md.' },
    ),
    result: choice(['passed', 'failed', 'skipped'], { $id: 'CheckVerdict' }),
    seen: Type.String({ description: 'What the receiver did, or why the item was skipped.' }),
    fix: nullable(Type.String({ description: 'What to do about it. Null for nothing.' })),
    durationMs: nullable(
      Type.Number({ description: 'How long the receiver took. Null when it did not answer.' }),
    ),
  },
  { $id: 'CheckItem', description: 'One item of a score card.' },
);
export type CheckItem = Static<typeof CheckItem>;

const counted = Type.Integer({ description: 'Items with this result.', minimum: 0 });

export const EndpointCheck = Type.Object(
  {
    id: Type.String({ examples: ['chk_01kdw2v0s7f4gr0000000000ab'] }),
    endpoint: Type.String(),
    mode: Mode,
    eventType: Type.String({ description: 'Event type of the events that are sent.' }),
    state: choice(['waiting', 'running', 'finished'], {
      $id: 'CheckState',
      description: '`waiting` until a worker begins it. A check takes at most 60 s.',
    }),
    passed: counted,
    failed: counted,
    skipped: counted,
    items: Type.Array(CheckItem, {
      description: 'The score card. Of a running check, the items that are done.',
    }),
    createdAt: timeOut('When it was asked for.'),
    finishedAt: nullable(timeOut('When it was finished.')),
  },
  { $id: 'EndpointCheck', description: 'A check of the receiver of an endpoint.' },
);
export type EndpointCheck = Static<typeof EndpointCheck>;

/** As a page, of which there is one. */
export const EndpointChecks = Type.Object(
  {
    data: Type.Array(EndpointCheck),
    nextCursor: nullable(Type.String({ description: 'Null: there is no other page.' })),
  },
  { $id: 'EndpointChecks', description: 'The last 10 checks of an endpoint, newest first.' },
);
export type EndpointChecks = Static<typeof EndpointChecks>;
