// Encryption keys from a KMS, by the script of docs/security.md as it is written there, with a program in the place of `aws` that
// decrypts with a key of its own.
import { createCipheriv } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createApiClient } from '../support/api-client.ts';
import { runCommand } from '../support/command-line.ts';
import { keySettings } from '../support/harness.ts';
import { readBlocks } from '../support/markdown.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { type Machine, openMachine } from '../support/service.ts';

vi.setConfig({ testTimeout: 120_000 });

const script = readBlocks('docs/security.md').find(({ text }) => text.startsWith('#!/bin/sh'))?.text ?? '';
const keyOfKms = Buffer.alloc(32, 9);

let folder: string;
let machine: Machine;
const running: ServerProcess[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-kms-'));
  machine = await openMachine(folder, {});
  await machine.run('mkdir /etc/carillon/keys');
  machine.addProgram('aws', fakeKms);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.kill()));
  machine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `aws kms decrypt --ciphertext-blob fileb://<file> …`: prints base64. */
const fakeKms = `#!${process.execPath}
const { createDecipheriv } = require('node:crypto');
const given = process.argv[process.argv.indexOf('--ciphertext-blob') + 1].replace('fileb://', '');
const blob = require('node:fs').readFileSync(given);
const decipher = createDecipheriv('aes-256-gcm', Buffer.alloc(32, 9), blob.subarray(0, 12));
decipher.setAuthTag(blob.subarray(12, 28));
console.log(Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]).toString('base64'));
`;

/** What the KMS has encrypted. */
function wrap(key: Uint8Array): Buffer {
  const nonce = Buffer.alloc(12, key[0]);
  const cipher = createCipheriv('aes-256-gcm', keyOfKms, nonce);
  const text = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const place = (path: string): string => machine.place(path);
const file = (): string => place('/run/carillon/encryption.key');
const settings = () => ({ CARILLON_ENCRYPTION_KEY_FILE: file() });

async function start(): Promise<ServerProcess> {
  await machine.run(script);
  const server = await startServer(folder, {
    CARILLON_ADMIN_KEY: keySettings.CARILLON_ADMIN_KEY,
    ...settings(),
  });
  running.push(server);
  return server;
}

async function carillon(server: ServerProcess, ...args: readonly string[]): Promise<string> {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    CARILLON_ADMIN_KEY: keySettings.CARILLON_ADMIN_KEY,
    CARILLON_SERVER: server.url,
    DATABASE_URL: `sqlite:${join(folder, 'carillon.db')}`,
    ...settings(),
  };
  const { code, out, error } = await runCommand(args, { cwd: folder, environment });
  expect(code, out + error).toBe(0);
  return out;
}

test('keys that a KMS decrypts before the start encrypt, are rotated, and are nowhere else', async () => {
  writeFileSync(place('/etc/carillon/keys/1.kms'), wrap(keys[0]));
  const first = await start();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  const client = createApiClient(first.url, keySettings.CARILLON_ADMIN_KEY, 1);
  await client.call('POST', '/tenants', { id: 'acme', name: 'Acme', dialect: 'standard' });
  const endpoint = { url: 'https://shop.example/hooks', eventTypes: ['*'] };
  expect((await client.call('POST', '/tenants/acme/endpoints', endpoint)).status).toBe(201);
  await client.close();
  const text = Buffer.from(keys[0]).toString('base64');
  expect(readFileSync(file(), 'utf8')).toBe(`${text}\n`);
  expect(existsSync(join(folder, 'encryption.key'))).toBe(false);
  const environment = `/proc/${first.pid}/environ`;
  if (existsSync(environment)) expect(readFileSync(environment, 'utf8')).not.toContain(text);
  expect(first.output()).not.toContain(text);
  expect(await first.terminate()).toBe(0);

  writeFileSync(place('/etc/carillon/keys/2.kms'), wrap(keys[1]));
  const second = await start();
  await carillon(second, 'keys', 'rotate-encryption');
  expect(await carillon(second, 'doctor')).toMatch(/the older key [0-9a-f]{8} is needed no more/);
  expect(await second.terminate()).toBe(0);
  rmSync(place('/etc/carillon/keys/1.kms'));
  const third = await start();
  expect(readFileSync(file(), 'utf8')).toBe(`${Buffer.from(keys[1]).toString('base64')}\n`);
  expect(await third.terminate()).toBe(0);
});

test.each([
  ['missing', null, /CARILLON_ENCRYPTION_KEY cannot be read from CARILLON_ENCRYPTION_KEY_FILE: ENOENT/],
  ['empty', ' \n', /CARILLON_ENCRYPTION_KEY is empty in the file that CARILLON_ENCRYPTION_KEY_FILE names/],
  ['something else', 'AccessDeniedException', /CARILLON_ENCRYPTION_KEY must be /],
])('a start whose file is %s is refused, and makes no key of its own', async (_, text, message) => {
  if (text !== null) writeFileSync(file(), text);
  const refused = await startServer(folder, settings()).then(
    () => 'started',
    (error: unknown) => String(error),
  );
  expect(refused).toMatch(/ended with 78/);
  expect(refused).toMatch(message);
  expect(refused).not.toContain('AccessDenied');
  expect(existsSync(join(folder, 'encryption.key'))).toBe(false);
});

test('a KMS that refuses fails what runs before the start', async () => {
  writeFileSync(place('/etc/carillon/keys/1.kms'), Buffer.alloc(60));
  await expect(machine.run(script)).rejects.toThrow(/Unsupported state or unable to authenticate/);
  expect(existsSync(file())).toBe(false);
});
