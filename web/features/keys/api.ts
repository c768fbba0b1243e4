import { useInfiniteQuery } from '@tanstack/react-query';
import { listOptions, useChange } from '#web/lib/queries.ts';

export function useAdminKeys() {
  return useInfiniteQuery(listOptions('listKeys', {}));
}

export const useCreateKey = () => useChange('createKey', ['listKeys']);
export const useRemoveKey = () => useChange('removeKey', ['listKeys']);
