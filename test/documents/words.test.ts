// The tables of states, reasons and scopes have what the contract has.
import { expect, test } from 'vitest';
import { PublishedEvent } from '#contract/events.ts';
import { Explanation } from '#contract/explanation.ts';
import { KeyScope } from '#contract/keys.ts';
import { deliveryStates } from '#core/delivery.ts';
import { readTable } from '../support/markdown.ts';

test.each([
  ['docs/concepts.md', 'States of a delivery', deliveryStates],
  ['docs/publish.md', 'Nothing was sent\\?', valuesOf(PublishedEvent.properties.unsent)],
  ['docs/replay.md', 'Why an event did not arrive', valuesOf(Explanation.properties.reason)],
  ['docs/security.md', 'Keys of the admin API', valuesOf(KeyScope)],
])('%s, %s', (page, heading, words) => {
  const stated = readTable(page, heading).flatMap(([cell = '']) =>
    [...cell.matchAll(/`([a-z_]+)`/g)].map(([, word = '']) => word),
  );
  expect(words.length).toBeGreaterThan(3);
  expect(stated.toSorted()).toEqual(words.toSorted());
});

/** The texts that a schema allows, perhaps besides null. */
function valuesOf(schema: object): readonly string[] {
  const [, list = '[]'] = /"enum":(\[[^\]]+\])/.exec(JSON.stringify(schema)) ?? [];
  return (JSON.parse(list) as readonly (string | null)[]).filter((value) => value !== null);
}
