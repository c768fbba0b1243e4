import type { Backend } from '#core/backend.ts';
import type { CatalogueEntry } from '#core/catalogue.ts';
import type { Page } from '#core/commands.ts';

const pageMax = 200;

/** At most a thousand types: pages of the largest size, one after the other. */
export async function readWholeCatalogue(
  backend: Pick<Backend, 'run'>,
  dialect: string | null,
): Promise<readonly CatalogueEntry[]> {
  const types: CatalogueEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<CatalogueEntry> = await backend.run('listEventTypes', {
      dialect,
      limit: pageMax,
      cursor,
    });
    types.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return types;
}
