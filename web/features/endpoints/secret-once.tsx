import { ShownOnce } from '#web/components/shown-once.tsx';

/** A secret right after it was made. */
export function SecretOnce({ secret }: { readonly secret: string | null }) {
  if (secret === null) {
    return (
      <p>
        Receivers verify its deliveries with a public key, which stands among its attributes, or with a secret
        that the tenant sets.
      </p>
    );
  }
  return (
    <div className="space-y-2">
      <p>
        This secret signs its deliveries. Copy it to the receiver. Showing it later is noted in the audit log.
      </p>
      <ShownOnce name="secret" text={secret} />
    </div>
  );
}
