import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type MouseEvent, useEffect } from 'react';
import { documents } from 'virtual:documents';
import { Failure, Notice, Skeleton } from '#web/components/feedback.tsx';
import { Page } from '#web/components/page.tsx';
import { serverRoot } from '#web/lib/api.ts';
import { DocsMenu } from './docs-menu.tsx';

/** The documents of the project: their HTML is made from the Markdown files when the pages are built. */
export function Docs() {
  const { _splat: slug = '' } = useParams({ strict: false });
  const document = documents.find((each) => each.slug === (slug || 'index'));
  return (
    <Page title={document?.title ?? 'Docs'} heading="Docs">
      <div className="grid gap-6 md:grid-cols-[14rem_minmax(0,1fr)]">
        <DocsMenu current={document?.slug} />
        {document === undefined ? <Notice title="There is no such page in the docs." /> : <Text slug={document.slug} />}
      </div>
    </Page>
  );
}

function Text({ slug }: { readonly slug: string }) {
  const navigate = useNavigate();
  const { data, error } = useQuery({
    queryKey: ['docs', slug],
    queryFn: async () => (await documents.find((each) => each.slug === slug)?.load())?.sections ?? [],
    staleTime: Infinity,
  });
  useEffect(() => {
    const anchor = window.location.hash.slice(1);
    if (data !== undefined && anchor !== '') window.document.getElementById(anchor)?.scrollIntoView();
  }, [data]);
  if (data === undefined) return error === null ? <Skeleton /> : <Failure error={error} />;
  // Links to other pages of the docs stay in the app.
  const follow = (event: MouseEvent): void => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || event.ctrlKey || event.metaKey) return;
    const url = new URL(link.href);
    if (!url.href.startsWith(new URL('docs/', serverRoot).href)) return;
    event.preventDefault();
    const to = url.pathname.slice(serverRoot.pathname.length + 'docs/'.length);
    void navigate({ to: '/docs/$', params: { _splat: to }, hash: url.hash.slice(1) });
  };
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <article className="prose min-w-0" onClick={follow}>
      {data.map(({ id, html }) => (
        // The HTML is built from files of the project.
        <div key={id} dangerouslySetInnerHTML={{ __html: html }} />
      ))}
    </article>
  );
}
