// What was signed, and code that verifies it in the language of the reader.
import { Code } from '#web/components/code.tsx';
import { CopyButton } from '#web/components/copy.tsx';
import { Sample } from '#web/components/sample.tsx';
import { useDialect } from '#web/lib/dialect-of-tenant.ts';
import { describeScheme, headerOf, schemeOf, signedText } from '#web/lib/verification/scheme.ts';

interface SignatureProps {
  /** As they were sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function Signature({ headers, body }: SignatureProps) {
  const scheme = schemeOf(useDialect());
  if (scheme === undefined) return null;
  const signature = headerOf(headers, scheme.header);
  return (
    <section className="space-y-3" aria-label="Signature">
      <h3 className="pt-1 text-[14px] font-semibold">Signature</h3>
      {signature === undefined ? (
        <p className="text-muted">The request was not signed: the tenant has set no secret.</p>
      ) : (
        <>
          <p className="flex items-start gap-1 font-mono text-[12.5px] break-all">
            <span>
              {scheme.header}: <bdi>{signature}</bdi>
            </span>
            <CopyButton text={signature} what="the signature" />
          </p>
          <p className="text-[13px] text-muted">{describeScheme(scheme)}</p>
          <Code label="The signed string" text={signedText(scheme, headers, body)} isExact />
        </>
      )}
      <Sample name={scheme.sample} label="Verify it in" title="Verification" />
    </section>
  );
}
