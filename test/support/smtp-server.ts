// SMTP server on loopback that keeps every mail, and refuses what the test says.
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they were sent. */
  readonly raw: string;
  /** What the client authenticated with (AUTH PLAIN): user and password; null for none. */
  readonly login: readonly [string, string] | null;
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** The answer to a command, in place of the usual one; null for the usual one. */
  refuse: (command: string) => string | null;
  close(): Promise<void>;
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    converse(socket, smtp);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const smtp: SmtpServer = {
    port: (server.address() as AddressInfo).port,
    mails: [],
    refuse: () => null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return smtp;
}

interface Draft {
  from: string;
  to: string[];
  login: readonly [string, string] | null;
}

function converse(socket: Socket, smtp: SmtpServer): void {
  const draft: Draft = { from: '', to: [], login: null };
  let text = '';
  let isData = false;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  say('220 mail.example ESMTP');
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    for (;;) {
      const end = text.indexOf(isData ? '\r\n.\r\n' : '\r\n');
      if (end === -1) return;
      const part = text.slice(0, end);
      text = text.slice(end + (isData ? 5 : 2));
      if (isData) {
        smtp.mails.push({ ...draft, to: [...draft.to], raw: part.replaceAll('\r\n..', '\r\n.') });
        isData = false;
        say('250 taken');
      } else {
        const answer = smtp.refuse(part) ?? answerOf(part, draft);
        isData = answer.startsWith('354');
        say(answer);
      }
    }
  });
}

function answerOf(command: string, draft: Draft): string {
  const address = /<(.*)>/.exec(command)?.[1] ?? '';
  switch (command.slice(0, 4).toUpperCase()) {
    case 'EHLO':
      return '250-mail.example\r\n250 AUTH PLAIN';
    case 'AUTH': {
      const [, user = '', password = ''] = Buffer.from(command.split(' ')[2] ?? '', 'base64')
        .toString()
        .split('\0');
      draft.login = [user, password];
      return '235 welcome';
    }
    case 'MAIL':
      draft.from = address;
      draft.to = [];
      return '250 ok';
    case 'RCPT':
      draft.to.push(address);
      return '250 ok';
    case 'DATA':
      return '354 go on';
    case 'QUIT':
      return '221 bye';
    default:
      return '250 ok';
  }
}

/** The header of this name, unfolded. */
export function headerOf({ raw }: ReceivedMail, name: string): string | undefined {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  const line = head.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim();
}

/** The part of a type, such as `text/plain`, decoded. */
export function partOf({ raw }: ReceivedMail, type: string): string {
  const boundary = /boundary="?([^"\r\n;]+)"?/.exec(raw)?.[1] ?? '';
  const part = raw.split(`--${boundary}`).find((one) => one.includes(`Content-Type: ${type}`)) ?? '';
  const body = part.slice(part.indexOf('\r\n\r\n') + 4);
  if (/Content-Transfer-Encoding: base64/i.test(part)) return Buffer.from(body, 'base64').toString();
  if (!/Content-Transfer-Encoding: quoted-printable/i.test(part)) return body;
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
