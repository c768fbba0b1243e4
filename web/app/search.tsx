// Search: an id leads to its screen, words to tenants by name.
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog } from '#web/components/dialog.tsx';
import { Notice } from '#web/components/feedback.tsx';
import { Field, TextInput } from '#web/components/form.tsx';
import { call } from '#web/lib/api.ts';
import { useScope } from '#web/lib/scope.ts';

interface Target {
  readonly text: string;
  readonly link: LinkProps;
}

export function Search({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const wanted = text.trim();
  const { tenant } = useScope();
  const { data: tenants } = useQuery({
    queryKey: ['listTenants', 'search'],
    queryFn: () => call('listTenants', { query: { limit: 200 } }),
  });
  const named = (tenants?.data ?? []).filter(({ id, name }) =>
    `${id} ${name}`.toLowerCase().includes(wanted.toLowerCase()),
  );
  const targets = [
    ...idTargets(wanted, tenant),
    ...named.slice(0, 8).map(({ id, name }): Target => ({
      text: `Tenant ${name} (${id})`,
      link: { to: '/console/tenants/$id', params: { id } },
    })),
  ];
  return (
    <Dialog title="Search" onClose={onClose}>
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          event.currentTarget.querySelector<HTMLAnchorElement>('li a')?.click();
        }}
      >
        <Field
          label="An id, or the name of a tenant"
          hint={tenant === undefined ? 'Choose a tenant to look up its ids.' : undefined}
        >
          {(field) => <TextInput {...field} value={text} onChange={setText} />}
        </Field>
        {wanted !== '' && (
          <ul>
            {targets.map(({ text: name, link }) => (
              <li key={name}>
                <Link
                  {...link}
                  onClick={onClose}
                  className="block truncate rounded px-2 py-1.5 hover:bg-raised focus:bg-raised"
                >
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        )}
        {wanted !== '' && targets.length === 0 && <Notice title="Nothing has this id or name." />}
      </form>
    </Dialog>
  );
}

const kinds = { ep: 'endpoints', dlv: 'deliveries', rpl: 'replays' } as const;

function idTargets(id: string, tenant: string | undefined): readonly Target[] {
  if (tenant === undefined || !/^[\w.:-]{1,255}$/.test(id)) return [];
  const [, prefix] = /^(ep|dlv|rpl)_/.exec(id) ?? [];
  if (prefix !== undefined) {
    const kind = kinds[prefix as keyof typeof kinds];
    return [{ text: `Open ${id} in ${kind}`, link: { to: `/console/${kind}/$id`, params: { id } } }];
  }
  return [
    { text: `Open the event ${id}`, link: { to: '/console/events/$id', params: { id } } },
    { text: `Deliveries of the event ${id}`, link: { to: '/console/deliveries', search: { event: id } } },
  ];
}
