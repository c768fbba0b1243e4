// What stands in a URL after `?`: text only. The tenant, the mode, and the filters of a list.

/** The members of a query that a screen knows; others are dropped. */
export function only<const Names extends readonly string[]>(...names: Names) {
  return (search: Record<string, unknown>): { [Name in Names[number]]?: string | undefined } =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = search[name];
        return typeof value === 'string' && value !== '' ? [[name, value]] : [];
      }),
    ) as { [Name in Names[number]]?: string | undefined };
}

export const deliveryFilters = [
  'state',
  'type',
  'event',
  'code',
  'error',
  'wireId',
  'since',
  'until',
  'span',
] as const;

/** How a query is read and written. */
export const searchText = {
  parseSearch: (text: string) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search: Record<string, unknown>) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text === '' ? '' : `?${text}`;
  },
} as const;
