import { expect, test } from 'vitest';
import { defaultLimits } from '#core/limits.ts';
import type { TenantId } from '#core/tenant.ts';
import { encodeJson } from '#lib/json.ts';
import { draftEvent } from './draft.ts';
import { dialects } from './index.ts';

test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
  'an ordering key of the publisher orders the events of %s, also where the platform promises no order',
  (_, dialect) => {
    const [sample] = dialect.events.samples;
    if (sample === undefined) throw new Error('every dialect has a sample');
    const event = { ...sample, source: encodeJson(sample.payload) };
    const context = { tenant: 'acme' as TenantId, dialect, limits: defaultLimits };
    expect(draftEvent({ ...event, orderingKey: 'mine' }, context).orderingKey).toBe('mine');
    const own = dialect.events.orderingKey(sample.type, sample.payload);
    expect(draftEvent(event, context).orderingKey).toBe(own);
  },
);
