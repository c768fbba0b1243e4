import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { EventType } from '#contract/event-types.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { Field, Select } from '#web/components/form.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { useServerIndex } from '#web/lib/server-index.ts';
import { ownDialect, useEventTypes } from './api.ts';
import { EditEventType } from './edit.tsx';

const columns: readonly Column<EventType>[] = [
  {
    title: 'Type',
    cell: ({ name, dialect }) => (
      <Link
        to="/console/event-types/$name"
        params={{ name }}
        search={(search) => ({ ...search, dialect })}
        className="font-medium hover:underline"
      >
        <bdi>{name}</bdi>
      </Link>
    ),
  },
  { title: 'Group', width: 'w-36', from: 'sm', cell: ({ groupName }) => <bdi>{groupName}</bdi> },
  { title: 'Description', from: 'md', cell: ({ description }) => <bdi>{description}</bdi> },
  {
    title: 'Schema',
    width: 'w-24',
    from: 'sm',
    cell: ({ schema }) => (schema === null ? 'none' : 'checked'),
  },
  { title: 'Examples', width: 'w-24', cell: ({ examples }) => examples.length },
  {
    title: 'Status',
    width: 'w-28',
    from: 'sm',
    cell: ({ deprecated }) => (deprecated ? 'deprecated' : 'current'),
  },
];

export function EventTypes() {
  const { dialect = ownDialect } = useSearch({ from: '/console/event-types' });
  const navigate = useNavigate({ from: '/console/event-types' });
  const [isCreating, setCreating] = useState(false);
  const create = dialect === ownDialect && (
    <Allowed scope="tenants" isServerWide>
      <Button look="primary" icon="add" onClick={() => setCreating(true)}>
        Create event type
      </Button>
    </Allowed>
  );
  return (
    <Page title="Event types" actions={create}>
      <Panel>
        <DialectChoice
          dialect={dialect}
          onChoose={(chosen) =>
            void navigate({ search: (search) => ({ ...search, dialect: chosen }), replace: true })
          }
        />
        <List
          label="Event types"
          pages={useEventTypes(dialect)}
          columns={columns}
          keyOf={({ name }) => name}
          empty={
            <Notice title="No event types yet." action={create}>
              The catalogue says which event types there are and what their payloads look like, to people,
              tenants and programs.
            </Notice>
          }
        />
      </Panel>
      {isCreating && <EditEventType onClose={() => setCreating(false)} />}
    </Page>
  );
}

interface DialectChoiceProps {
  readonly dialect: string;
  readonly onChoose: (dialect: string) => void;
}

function DialectChoice({ dialect, onChoose }: DialectChoiceProps) {
  const { data: server } = useServerIndex();
  return (
    <div className="max-w-sm p-3">
      <Field label="Catalogue">
        {(field) => (
          <Select {...field} value={dialect} onChange={onChoose}>
            {(server?.dialects ?? [dialect]).map((each) => (
              <option key={each} value={each}>
                {each === ownDialect ? `${each}: your own` : `${each}: of the platform, read only`}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}
