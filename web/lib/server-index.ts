// What the server says of itself at its root.
import { useQuery } from '@tanstack/react-query';
import { callServer } from './api.ts';

interface ServerIndex {
  readonly version: string;
  readonly dialects: readonly string[];
}

export function useServerIndex() {
  return useQuery({
    queryKey: ['index'],
    queryFn: async () => readIndex(await callServer('.')),
    staleTime: Infinity,
  });
}

/** Each dialect has a document of its own among the links. */
function readIndex(text: string): ServerIndex {
  const { version, links } = JSON.parse(text) as { readonly version: string; readonly links: object };
  const prefix = 'openapi:';
  const documents = Object.keys(links).filter((name) => name.startsWith(prefix));
  return { version, dialects: documents.map((name) => name.slice(prefix.length)) };
}
