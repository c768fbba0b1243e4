// The clients of all dialects of this server: every file of `clients/`.
import { readdirSync } from 'node:fs';
import type { DialectClient } from './dialect-client.ts';

const folder = new URL('clients/', import.meta.url);

export const dialectClients: readonly DialectClient[] = await Promise.all(
  readdirSync(folder).map(async (file) => {
    const module = (await import(new URL(file, folder).href)) as { readonly client: DialectClient };
    return module.client;
  }),
);
