// Where mail is handed over: the URL of an SMTP server.
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  readonly isTls: boolean;
  readonly user: string | null;
  readonly password: string | null;
}

/** `smtp://user:password@host:port` or `smtps:`. Throws an Error that says what the text must be, without repeating it. */
export function readSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text);
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) {
    throw new Error(
      'must be smtp://user:password@host:port or smtps://…, with special characters percent-encoded',
    );
  }
  const isTls = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 465 : 587) : Number(url.port),
    isTls,
    user: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
  };
}
