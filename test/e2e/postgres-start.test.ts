// The start on Postgres: the server waits for a database server that is not up yet, connects by Unix socket and by TLS, and
// writes nothing but JSON to a JSON log.
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { type Running, startCommand } from '../support/command-line.ts';
import { keySettings, temporaryFolder } from '../support/harness.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';

test('waits until Postgres is up, and is ready only then', async () => {
  const postgres = await run();
  await postgres.kill();
  const carillon = serve(postgres.url);
  const waiting = await carillon.until(/database\.not_up_yet/);
  expect(waiting).not.toContain('server.listening');
  await postgres.start();
  const url = urlIn(await carillon.until(/server\.listening/));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await expectStopped(carillon);
});

test('SIGTERM ends the wait with exit code 0', async () => {
  const postgres = await run();
  await postgres.kill();
  const carillon = serve(postgres.url);
  await carillon.until(/database\.not_up_yet/);
  await expectStopped(carillon);
});

test('connects by Unix socket', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o777);
  const { port } = new URL((await run({ unix_socket_directories: folder })).url);
  for (const url of [
    `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}&port=${port}`,
    `postgres://postgres@${encodeURIComponent(folder)}:${port}/postgres`,
  ]) {
    const carillon = serve(url);
    await carillon.until(/server\.listening/);
    await expectStopped(carillon);
  }
});

test('connects by TLS in each mode of the driver, with nothing but JSON in the log', async () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o777);
  const { cert, key } = createCertificate({ addresses: ['127.0.0.1'] });
  const [certFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  // Postgres reads a key only when it owns the file; the tests run it as `nobody` when they run as root.
  if (process.getuid?.() === 0) chownSync(keyFile, 65_534, 65_534);
  const { url } = await run({ ssl: 'on', ssl_cert_file: certFile, ssl_key_file: keyFile });
  for (const mode of ['require', 'verify-full', 'no-verify']) {
    const carillon = serve(`${url}?sslmode=${mode}&sslrootcert=${encodeURIComponent(certFile)}`);
    await carillon.until(/server\.listening/);
    await expectStopped(carillon);
  }
});

async function run(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const postgres = await startPostgres(settings);
  onTestFinished(() => postgres.stop());
  return postgres;
}

function serve(url: string): Running {
  const environment = { PATH: process.env['PATH'] ?? '', ...keySettings, DATABASE_URL: url, PORT: '0' };
  const carillon = startCommand(['serve'], { cwd: temporaryFolder(), environment });
  onTestFinished(() => void carillon.child.kill('SIGKILL'));
  return carillon;
}

/** Expects a graceful end, and that each line of the output was JSON. */
async function expectStopped({ child, finished }: Running): Promise<void> {
  child.kill('SIGTERM');
  const { code, out, error } = await finished;
  expect({ code, error }).toEqual({ code: 0, error: '' });
  for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
}

function urlIn(output: string): string {
  return /"url":"([^"]+)"/.exec(output)?.[1] ?? '';
}
