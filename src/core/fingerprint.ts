import { hash } from 'node:crypto';
import type { Mode } from './tenant.ts';

/** Idempotency: distinguishes a repeated publish from another event under the same id. Hex. */
export function fingerprint(type: string, mode: Mode, payload: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${mode}\n${type}\n`), payload]), 'hex');
}
