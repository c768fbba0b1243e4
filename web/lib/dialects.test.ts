import { expect, test } from 'vitest';
import type { DisablingRule } from '#core/disabling.ts';
import { dialects } from '#dialects/index.ts';
import { defaultsOf } from './dialects.ts';

test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
  'the pages show what %s does by default',
  (name, { secretOwner, policy }) => {
    const { timeoutMs, disabling, schedule } = policy;
    const { delaysMs, from } = schedule;
    const spanMs = from === 'first' ? delaysMs.at(-1) : delaysMs.reduce((sum, delay) => sum + delay, 0);
    expect(defaultsOf(name)).toEqual({
      timeoutMs,
      attempts: delaysMs.length,
      spanMs,
      disabling: describe(disabling),
      secretOwner,
    });
  },
);

function describe(rule: DisablingRule): string {
  switch (rule.kind) {
    case 'failing-for':
      return `after ${rule.ms / 86_400_000} days of nothing but failures`;
    case 'failures-within':
      return `after ${rule.failures} failures within ${rule.withinMs / 60_000} minutes`;
    case 'failures-in-row':
      return `after ${rule.failures} failures in a row`;
    default:
      return 'never';
  }
}
