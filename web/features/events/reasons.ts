// The reasons of the server in words.
import type { Explanation } from '#contract/explanation.ts';

const words: Readonly<Record<Explanation['reason'], string>> = {
  owed: 'It has a delivery.',
  disabled: 'Its delivery is held until the endpoint is enabled.',
  endpoint_removed: 'The endpoint was removed before it was delivered.',
  canceled: 'Its delivery was canceled.',
  other_mode: 'It is an endpoint of the other mode.',
  created_later: 'It was created after the event was published.',
  removed_before: 'It was removed before the event was published.',
  not_subscribed: 'It does not subscribe to the type of the event.',
  filtered: 'Its filter does not match the event.',
  test_event: 'The event is a test event of another endpoint alone.',
  unknown:
    'It would get the event now: it was changed since, its delivery has expired, or is still being written.',
};

export function describe({ reason }: Pick<Explanation, 'reason'>): string {
  return words[reason];
}
