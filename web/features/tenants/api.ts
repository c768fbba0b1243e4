import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call } from '#web/lib/api.ts';
import { listOptions, useChange } from '#web/lib/queries.ts';

export function useTenants() {
  return useInfiniteQuery(listOptions('listTenants', {}));
}

export function useTenantById(tenant: string) {
  return useQuery({
    queryKey: ['getTenant', tenant],
    queryFn: () => call('getTenant', { params: { tenant } }),
  });
}

export function useCredentials(tenant: string) {
  return useInfiniteQuery(listOptions('listCredentials', { params: { tenant } }));
}

export function usePortalSessions(tenant: string) {
  return useInfiniteQuery(listOptions('listPortalSessions', { params: { tenant } }));
}

export const useCreateTenant = () => useChange('createTenant', ['listTenants']);
export const useChangeTenant = () => useChange('changeTenant', ['listTenants', 'getTenant']);
export const useRemoveTenant = () => useChange('removeTenant', ['listTenants']);
export const useCreateCredential = () => useChange('createCredential', ['listCredentials']);
export const useCreatePortalSession = () => useChange('createPortalSession', ['listPortalSessions']);
export const useRemovePortalSession = () => useChange('removePortalSession', ['listPortalSessions']);
export const useRemovePortalSessions = () => useChange('removePortalSessions', ['listPortalSessions']);
export const useRemoveCredential = () => useChange('removeCredential', ['listCredentials']);
