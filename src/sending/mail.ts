// E-mail by SMTP: to the one server that the configuration names, which the SSRF guard does not judge. The client library
// reads no file and no URL for a message. Credentials never leave over a connection in clear to another machine.
import type { Transporter } from 'nodemailer';
import type { SmtpServer } from './smtp-url.ts';

export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mailer {
  /** Returns the recipients that the server refused, if it took others. Rejects with an error whose message may be shown. */
  send(mail: Mail): Promise<readonly string[]>;
}

export interface MailConfig {
  readonly server: SmtpServer;
  readonly from: string;
}

/** Bounds of one sending: connecting, the greeting, and each silence. */
const timeoutMs = 15_000;
const answerCharactersMax = 200;

/** Loads the client library with the first mail. */
export function createMailer(config: MailConfig): Mailer {
  const { from } = config;
  let transport: Promise<Transporter> | null = null;
  return {
    async send({ to, subject, text, html }) {
      const transporter = await (transport ??= createTransporter(config));
      try {
        const mail = { from, to: [...to], subject, text, html };
        const { rejected = [] } = await transporter.sendMail(mail);
        return rejected;
      } catch (error) {
        throw new Error(describe(error), { cause: error });
      }
    },
  };
}

async function createTransporter({ server }: MailConfig): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { host, port, isTls, user, password } = server;
  return createTransport({
    host,
    port,
    secure: isTls,
    requireTLS: user !== null && !isLoopback(host),
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** What the server answered, or the kind of failure. The library's own message may hold more than should be shown. */
function describe(error: unknown): string {
  const { code, response } = error as { readonly code?: unknown; readonly response?: unknown };
  const kind = typeof code === 'string' ? code : 'failed';
  if (typeof response !== 'string') return `the mail server could not be used (${kind})`;
  // eslint-disable-next-line no-control-regex -- what a server answers may hold anything
  const answer = response.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, answerCharactersMax);
  return `the mail server answered: ${answer}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
