import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { EventType } from '#contract/event-types.ts';
import { Allowed } from '#web/components/allowed.tsx';
import { Button } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { Field, Select, TextInput } from '#web/components/form.tsx';
import { List } from '#web/components/list.tsx';
import { Page, Panel } from '#web/components/page.tsx';
import type { Column } from '#web/components/table.tsx';
import { usePortal } from '#web/lib/portal.ts';
import { useServerIndex } from '#web/lib/server-index.ts';
import { ownDialect, useEventTypes, useShownDialect } from './api.ts';
import { EditEventType } from './edit.tsx';
import { ImportEventTypes } from './import.tsx';

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
  { title: 'Examples', width: 'w-24', from: 'sm', cell: ({ examples }) => examples.length },
  {
    title: 'Status',
    width: 'w-28',
    from: 'sm',
    cell: ({ deprecated }) => (deprecated ? 'deprecated' : 'current'),
  },
];

export function EventTypes() {
  const { find = '' } = useSearch({ from: '/console/event-types' });
  const navigate = useNavigate({ from: '/console/event-types' });
  const dialect = useShownDialect();
  const isPortal = usePortal() !== null;
  const change = (changed: { dialect?: string; find?: string | undefined }): void =>
    void navigate({ search: (search) => ({ ...search, ...changed }), replace: true });
  const actions = dialect === ownDialect && (
    <Allowed scope="tenants" isServerWide>
      <WriteActions />
    </Allowed>
  );
  return (
    <Page title="Event types" actions={actions}>
      <Panel>
        <div className="grid gap-3 p-3 sm:grid-cols-2">
          <Field label="Search event types">
            {(field) => (
              <TextInput {...field} type="search" value={find} onChange={(text) => change({ find: text })} />
            )}
          </Field>
          {!isPortal && (
            <DialectChoice dialect={dialect} onChoose={(chosen) => change({ dialect: chosen })} />
          )}
        </div>
        <List
          label="Event types"
          pages={useEventTypes(dialect, find)}
          columns={columns}
          keyOf={({ name }) => name}
          onClear={find === '' ? undefined : () => change({ find: undefined })}
          empty={<Empty isPortal={isPortal} actions={actions} />}
        />
      </Panel>
    </Page>
  );
}

function WriteActions() {
  const [open, setOpen] = useState<'create' | 'import' | null>(null);
  const close = (): void => setOpen(null);
  return (
    <>
      <Button onClick={() => setOpen('import')}>Import OpenAPI</Button>
      <Button look="primary" icon="add" onClick={() => setOpen('create')}>
        Create event type
      </Button>
      {open === 'import' && <ImportEventTypes onClose={close} />}
      {open === 'create' && <EditEventType onClose={close} />}
    </>
  );
}

interface EmptyProps {
  readonly isPortal: boolean;
  readonly actions: ReactNode;
}

function Empty({ isPortal, actions }: EmptyProps) {
  return (
    <Notice title="No event types yet." action={<div className="flex gap-2">{actions}</div>}>
      {isPortal
        ? 'Endpoints can subscribe to types by name all the same, or to all of them with *.'
        : 'The catalogue says which event types there are and what their payloads look like, to people, tenants and programs.'}
    </Notice>
  );
}

interface DialectChoiceProps {
  readonly dialect: string;
  readonly onChoose: (dialect: string) => void;
}

function DialectChoice({ dialect, onChoose }: DialectChoiceProps) {
  const { data: server } = useServerIndex();
  return (
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
  );
}
