import { useEffect, useState } from 'react';
import { Button } from '#web/components/button.tsx';
import { InlineError } from '#web/components/feedback.tsx';
import { Field, TextInput } from '#web/components/form.tsx';
import { useSignIn } from '#web/lib/session.ts';

/** In place of the console as long as nobody is signed in. The URL stays, so that signing in leads to it. */
export function SignIn({ hasEnded }: { readonly hasEnded: boolean }) {
  const [key, setKey] = useState('');
  const signIn = useSignIn();
  useEffect(() => {
    document.title = 'Sign in · Carillon';
  }, []);
  return (
    <div className="mx-auto mt-[12vh] max-w-md rounded-lg border border-line bg-surface p-6">
      <h1 className="text-[18px] font-semibold">Sign in to Carillon</h1>
      {hasEnded && (
        <p role="status" className="mt-2 text-retrying">
          Your session has ended. Sign in again to go on where you were.
        </p>
      )}
      <form
        className="mt-4 space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate(key.trim());
        }}
      >
        <Field
          label="Admin key"
          hint="Printed at the first start, and stored in admin.key beside the database. You stay signed in for 12 hours."
        >
          {(field) => (
            <TextInput
              {...field}
              type="password"
              name="key"
              autoComplete="current-password"
              autoFocus
              value={key}
              onChange={setKey}
            />
          )}
        </Field>
        <InlineError error={signIn.error} />
        <Button type="submit" look="primary" isBusy={signIn.isPending} disabled={key.trim() === ''}>
          Sign in
        </Button>
      </form>
    </div>
  );
}
