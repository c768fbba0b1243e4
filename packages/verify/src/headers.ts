/** Headers of a request: those of `fetch`, or an object as Node makes it. */
export type RequestHeaders =
  | { readonly get: (name: string) => string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** `name` in lower case. Undefined when it is missing. */
export function readHeader(headers: RequestHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  // As Node and `fetch` join a header that is given several times.
  return typeof found === 'object' ? found.join(', ') : (found as string | undefined);
}
