// A filter as JSON, and trying it with a sample of an event.
import { Link } from '@tanstack/react-router';
import { TextArea } from '#web/components/form.tsx';
import type { Endpoint } from '#contract/endpoints.ts';
import { isJson, jsonProblem } from '#web/lib/json-text.ts';
import { FilterTrial } from './filter-trial.tsx';
import type { SettingProps } from './setting.ts';

export function readFilter({ filter }: Endpoint): string {
  return filter === null ? '' : JSON.stringify(filter, null, 2);
}

export function writeFilter(text: string): unknown {
  return text.trim() === '' ? null : JSON.parse(text);
}

export function filterProblem(text: string): string | undefined {
  return text.trim() === '' || isJson(text) ? undefined : jsonProblem(text);
}

export function FilterFields({ draft, onChange, id, noteId, isWrong, endpoint }: SettingProps<string>) {
  return (
    <div className="space-y-2">
      <TextArea
        id={id}
        aria-describedby={noteId}
        aria-invalid={isWrong('') || filterProblem(draft) !== undefined}
        rows={5}
        placeholder={'{ "amount": { "$gte": 1000 } }'}
        value={draft}
        onChange={onChange}
      />
      <p className="text-[12.5px] text-muted">
        {endpoint === undefined && 'It can be tried with a sample once the endpoint is created. '}
        <Link to="/docs/$" params={{ _splat: 'filters-and-transforms' }} className="text-accent underline">
          All operators
        </Link>
      </p>
      {endpoint !== undefined && filterProblem(draft) === undefined && (
        <FilterTrial endpoint={endpoint} filter={writeFilter(draft)} />
      )}
    </div>
  );
}
