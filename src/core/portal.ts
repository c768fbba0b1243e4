// Sessions of the portal: a person of a tenant, let in by the platform, for a time and with permissions.
import type { Mode, TenantId } from './tenant.ts';

export const portalPermissions = ['read', 'endpoints', 'secrets', 'redeliver', 'replay', 'test'] as const;
export type PortalPermission = (typeof portalPermissions)[number];

/** How the page looks; see the contract. */
export interface PortalTheme {
  readonly colorScheme?: 'auto' | 'light' | 'dark';
  readonly accent?: string;
  /** In pixels. */
  readonly radius?: number;
  readonly font?: string;
  readonly name?: string;
  /** As `data:` URIs. */
  readonly logo?: string;
  readonly logoDark?: string;
}

export interface PortalSession {
  readonly id: string;
  readonly tenant: TenantId;
  readonly mode: Mode;
  /** SHA-256 in hex: of the secret in the link until it is opened, then of the token of the tab. */
  readonly lookup: string;
  readonly permissions: readonly PortalPermission[];
  /** Whose pages may hold it in a frame. */
  readonly embedOrigins: readonly string[];
  readonly returnUrl: string | null;
  readonly theme: PortalTheme;
  readonly createdAt: number;
  /** When the link was opened; null before. */
  readonly openedAt: number | null;
  /** Unix ms. */
  readonly expiresAt: number;
}

export type PortalFacts = Omit<PortalSession, 'lookup'>;
