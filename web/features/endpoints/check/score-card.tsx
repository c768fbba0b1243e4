import type { EndpointCheck } from '#contract/checks.ts';
import { State } from '#web/components/state.tsx';
import { type ShownItem, showItems } from './items.ts';

/** What was sent, what was answered, and what to do about it, item by item. */
export function ScoreCard({ check }: { readonly check: EndpointCheck }) {
  return (
    <ol aria-label="Score card" className="divide-y divide-line">
      {showItems(check).map((item) => (
        <Item key={item.name} item={item} />
      ))}
    </ol>
  );
}

function Item({ item: { title, sent, expected, state, done } }: { readonly item: ShownItem }) {
  return (
    <li className="grid gap-x-4 gap-y-1.5 px-3 py-2.5 text-[13px] lg:grid-cols-[12rem_minmax(0,1fr)_minmax(0,1.4fr)]">
      <div className="flex justify-between gap-2 lg:block">
        <h3 className="font-medium">{title}</h3>
        <State name={state} />
      </div>
      <div>
        <Line name="Sent">{sent}</Line>
        <Line name="Right answer">{expected}</Line>
      </div>
      <div className="min-w-0 wrap-anywhere">
        {done !== undefined && (
          <Line name="Seen">
            <bdi>{done.seen}</bdi>
          </Line>
        )}
        {done !== undefined && done.fix !== null && (
          <Line name={state === 'failed' ? 'Fix' : 'Advice'}>
            <strong className="font-medium">{done.fix}</strong>
          </Line>
        )}
      </div>
    </li>
  );
}

function Line({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <p>
      <span className="text-muted">{name}:</span> {children}
    </p>
  );
}
