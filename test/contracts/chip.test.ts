import { promisify } from 'node:util';
import { chip } from '#dialects/chip/index.ts';
import { expect, vi } from 'vitest';
import { client } from './clients/chip.ts';
import { dialectServerContract } from './dialect-server.ts';
import { dialectContract } from './dialect.ts';

/**
 * Generating a key pair takes some 300 ms, and hundreds of endpoints need one here: three real pairs are reused in turn.
 * `test/e2e/chip.test.ts` generates one for each endpoint.
 */
vi.mock(import('node:crypto'), async (importOriginal) => {
  const original = await importOriginal();
  const make = promisify(original.generateKeyPair) as (...args: readonly unknown[]) => Promise<unknown>;
  const made: Promise<unknown>[] = [];
  let count = 0;
  const take = (...args: readonly unknown[]): Promise<unknown> => (made[count++ % 3] ??= make(...args));
  const generateKeyPair = Object.assign(() => expect.fail('not by callback'), { [promisify.custom]: take });
  return { ...original, generateKeyPair: generateKeyPair as unknown as typeof original.generateKeyPair };
});

dialectContract(chip, client, 'test/fixtures/chip');
dialectServerContract(chip, client, 'test/fixtures/chip');
