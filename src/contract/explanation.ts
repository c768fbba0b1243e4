import { type Static, Type } from 'typebox';
import { Delivery } from './deliveries.ts';
import { Event } from './events.ts';
import { pageQuery } from './page.ts';
import { FilterVerdict } from './settings.ts';
import { choice, Mode, nullable } from './schema.ts';

const Reason = choice(
  [
    'owed',
    'disabled',
    'endpoint_removed',
    'canceled',
    'other_mode',
    'created_later',
    'removed_before',
    'not_subscribed',
    'filtered',
    'test_event',
    'unknown',
  ],
  {
    $id: 'ExplanationReason',
    description:
      'With a delivery: `owed` (its state says the rest), `disabled` (it is held), and of a canceled one `endpoint_removed`, ' +
      '`not_subscribed` or `filtered` (the endpoint does not select it any more), or `canceled` (on request, or held for too long). ' +
      'Without one: `other_mode`, `created_later`, `removed_before`, `not_subscribed`, `filtered`, `test_event` (sent to ' +
      'another endpoint alone), or `unknown`: the endpoint would receive the event now. Then it was changed since, its delivery ' +
      'has expired, or it is being written.',
  },
);

export const Explanation = Type.Object(
  {
    endpoint: Type.String({ examples: ['ep_01kdw2v0s7f4gr0000000000ab'] }),
    url: nullable(
      Type.String({
        description: 'Null for an endpoint that clients pull from.',
        examples: ['https://shop.example/hooks'],
      }),
    ),
    mode: Mode,
    reason: Reason,
    basis: choice(['recorded', 'inferred'], {
      description:
        '`recorded`: it was so when the event was published. `inferred`: it follows from the endpoint as it is now, which has ' +
        'been changed since.',
    }),
    filterReasons: FilterVerdict.properties.reasons,
    delivery: nullable(Delivery),
  },
  { $id: 'Explanation', description: 'What became of an event at one endpoint.' },
);
export type Explanation = Static<typeof Explanation>;

export const ExplainedEvent = Type.Object(
  {
    event: Event,
    data: Type.Array(Explanation, {
      description:
        'One for each endpoint of the tenant, newest first, removed ones included until retention deletes them.',
    }),
    nextCursor: nullable(
      Type.String({ description: 'The `cursor` of the next page; null on the last page.' }),
    ),
  },
  { $id: 'ExplainedEvent', description: 'An event, and what became of it at a page of endpoints.' },
);
export type ExplainedEvent = Static<typeof ExplainedEvent>;

export const ExplainQuery = Type.Object(
  { mode: Type.Optional(Mode), ...pageQuery },
  { additionalProperties: false },
);
export type ExplainQuery = Static<typeof ExplainQuery>;
