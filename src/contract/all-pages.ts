interface Page<Entry> {
  readonly data: readonly Entry[];
  readonly nextCursor: string | null;
}

/** The entries of all pages of a list. `readPage` gets the cursor of the page before; undefined for the first. */
export async function readAllPages<Entry>(
  readPage: (cursor: string | undefined) => Promise<Page<Entry>>,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await readPage(cursor);
    for (const entry of page.data) entries.push(entry);
    cursor = page.nextCursor;
  }
  return entries;
}
