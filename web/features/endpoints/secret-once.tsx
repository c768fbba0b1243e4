import type { Endpoint } from '#contract/endpoints.ts';
import { Code } from '#web/components/code.tsx';
import { ShownOnce } from '#web/components/shown-once.tsx';

interface SecretOnceProps {
  readonly secret: string | null;
  readonly endpoint: Endpoint | undefined;
}

/** What receivers verify with, right after it was made. */
export function SecretOnce({ secret, endpoint }: SecretOnceProps) {
  if (secret !== null) {
    return (
      <div className="space-y-2">
        <p>
          This secret signs its deliveries. Copy it to the receiver. Who may see secrets can show it again,
          under Secret; that is noted in the audit log.
        </p>
        <ShownOnce name="secret" text={secret} />
      </div>
    );
  }
  const key = publicKeyOf(endpoint);
  if (key !== undefined) return <PublicKey text={key} />;
  return <p>One secret signs the deliveries of all endpoints. The endpoint shows it under Secret.</p>;
}

/** Of an endpoint whose dialect signs with a key pair; undefined for the others. */
export function publicKeyOf(endpoint: Endpoint | undefined): string | undefined {
  const key = endpoint?.attributes['public_key'];
  return typeof key === 'string' ? key : undefined;
}

export function PublicKey({ text }: { readonly text: string }) {
  return (
    <div className="space-y-2">
      <p>Receivers verify deliveries with this public key. Its private key is never shown.</p>
      <Code label="Public key" text={text} isExact />
    </div>
  );
}
