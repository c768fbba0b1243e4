import { CopyButton } from '#web/components/copy.tsx';

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
      <p className="flex items-start gap-1 rounded-md border border-line bg-raised p-2 font-mono text-[12.5px] break-all">
        <span className="min-w-0 flex-1">{secret}</span>
        <CopyButton text={secret} what="the secret" />
      </p>
    </div>
  );
}
