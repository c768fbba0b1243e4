import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { documents } from 'virtual:documents';
import { Field, TextInput } from '#web/components/form.tsx';
import { searchSections } from './search.ts';

export function DocsMenu({ current }: { readonly current: string | undefined }) {
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  return (
    <nav aria-label="Docs" className="space-y-3 md:sticky md:top-16 md:max-h-[calc(100dvh-5rem)] md:self-start md:overflow-y-auto">
      <Field label="Search the docs">
        {(field) => <TextInput {...field} type="search" value={text} onChange={setText} />}
      </Field>
      {wanted !== '' && <Found text={wanted} onOpen={() => setText('')} />}
      {wanted === '' && (
        <>
          <details className="md:hidden">
            <summary className="text-[13px] font-medium">All pages</summary>
            <Pages current={current} />
          </details>
          <div className="max-md:hidden">
            <Pages current={current} />
          </div>
        </>
      )}
    </nav>
  );
}

function Pages({ current }: { readonly current: string | undefined }) {
  const groups = Map.groupBy(documents, ({ group }) => group);
  return [...groups].map(([group, pages]) => (
    <details key={group} open={group !== 'Decisions' || pages.some(({ slug }) => slug === current)}>
      <summary className="text-[12px] font-medium text-muted">{group}</summary>
      <ul>
        {pages.map(({ slug, title }) => (
          <li key={slug}>
            <Link
              to="/docs/$"
              params={{ _splat: slug }}
              aria-current={slug === current ? 'page' : undefined}
              className={`block rounded px-2 py-1 text-[13px] hover:bg-raised ${slug === current ? 'font-medium text-accent' : ''}`}
            >
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </details>
  ));
}

function Found({ text, onOpen }: { readonly text: string; readonly onOpen: () => void }) {
  const { data: found = [] } = useQuery({
    queryKey: ['docs', 'search', text],
    queryFn: () => searchSections(text),
    staleTime: Infinity,
  });
  if (found.length === 0) return <p className="text-muted">Nothing found.</p>;
  return (
    <ul>
      {found.map(({ slug, id, title, excerpt }) => (
        <li key={`${slug}#${id}`}>
          <Link to="/docs/$" params={{ _splat: slug }} hash={id} onClick={onOpen} className="block rounded px-2 py-1 hover:bg-raised">
            <span className="block text-[13px] font-medium">{title}</span>
            <span className="block text-[12px] text-muted">{excerpt}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
