import { buttonClass } from '#web/components/button.tsx';
import { Notice } from '#web/components/feedback.tsx';

/** In place of every screen: the link was opened before, has ended, or was revoked. */
export function Ended({ returnUrl }: { readonly returnUrl: string | null }) {
  const back = returnUrl !== null && (
    <a href={returnUrl} target="_top" rel="noreferrer" className={buttonClass('primary')}>
      Go back for a new link
    </a>
  );
  return (
    <main className="mx-auto max-w-lg p-4">
      <h1 className="sr-only">Webhooks</h1>
      <Notice title="This link has ended." action={back}>
        A link opens once and for a limited time. Open webhooks again from the page that you came from to get
        a new one.
      </Notice>
    </main>
  );
}
