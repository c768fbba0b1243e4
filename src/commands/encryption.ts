// Rotation of the encryption key, while serving: what older keys have sealed is sealed anew, in steps that can be repeated
// and begun again. The store compares before it writes, so that any number of them may run at once.
import type { CommandHandlers } from '#core/commands.ts';
import { keyCheck } from '#core/secrets.ts';
import { nextTurn } from '#lib/event-loop.ts';
import { reseal, sealingKeys } from '#lib/seal.ts';
import type { ResealedValue, SealedValue } from '#store/store.ts';
import type { CommandDeps } from './deps.ts';

/** Values of one step. Some milliseconds of a transaction, beside publishing. */
const stepMax = 100;

type Deps = Pick<CommandDeps, 'store' | 'seal' | 'encryptionKeyId'>;

export function createEncryptionCommands(deps: Deps): Pick<CommandHandlers, 'rotateEncryption'> {
  const { store, encryptionKeyId } = deps;
  return {
    async rotateEncryption({ cursor }) {
      const { items, nextCursor } = await store.sealed.list({ cursor, limit: stepMax });
      const older = items.filter((value) => isOlder(value, encryptionKeyId));
      // While an older key is needed, a start without it must be refused.
      const isLast = older.some(({ context }) => context === keyCheck);
      const remaining = isLast ? await countOlder(deps) : 0;
      const { resealed, unopened } = resealAll(deps, remaining > 0 ? [] : older);
      return {
        examined: items.length,
        resealed: resealed.length === 0 ? 0 : await store.sealed.replace(resealed),
        remaining: remaining + unopened,
        nextCursor,
      };
    },
  };
}

/** What no key opens stays as it is, and is counted. */
function resealAll(
  { seal, encryptionKeyId }: Deps,
  values: readonly SealedValue[],
): { resealed: ResealedValue[]; unopened: number } {
  const resealed: ResealedValue[] = [];
  let unopened = 0;
  for (const value of values) {
    try {
      resealed.push({ ...value, by: reseal(seal, encryptionKeyId, value.text, value.context) });
    } catch {
      unopened++;
    }
  }
  return { resealed, unopened };
}

/** Values with a text of an older key, without the one that says which key the database has. */
async function countOlder({ store, encryptionKeyId }: Deps): Promise<number> {
  let count = 0;
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof store.sealed.list>> = await store.sealed.list({
      cursor,
      limit: stepMax,
    });
    count += page.items.filter(
      (value) => value.context !== keyCheck && isOlder(value, encryptionKeyId),
    ).length;
    if (page.nextCursor === null) return count;
    cursor = page.nextCursor;
    await nextTurn();
  }
}

function isOlder({ text }: SealedValue, newestId: string): boolean {
  return sealingKeys(text).some((id) => id !== newestId);
}
