// Operations of the admin API as data: a route of the contract, the command it means, two translations, and what the
// OpenAPI document says of it. The counterpart of `Operation` in dialects/dialect.ts.
import type { IncomingHttpHeaders } from 'node:http';
import type { TSchema } from 'typebox';
import { pageLimitDefault } from '#contract/page.ts';
import type { Answer, Body, Params, Query, RouteName } from '#contract/routes.ts';
import type { Server } from '#contract/server.ts';
import type { Access } from '#core/access.ts';
import type { CatalogueEntry, EventTypeContent } from '#core/catalogue.ts';
import type { BackfillOrder, CommandName, Commands, Page, PublishEvent } from '#core/commands.ts';
import type { PublishedEvent } from '#core/event.ts';
import type { FaultCode } from '#core/fault.ts';
import type { ReplayForecast, ReplayTerms } from '#core/replay.ts';
import type { Mode, Scope, TenantId, WideScope } from '#core/tenant.ts';
import type { ServerSentEvent } from '#lib/server-sent-events.ts';

/** The commands of the backend, and those that the API thread carries out itself. */
export interface AdminCommands extends Commands {
  publish: {
    input: {
      readonly tenant: TenantId;
      readonly events: readonly PublishEvent[];
      readonly traceparent: string | null;
    };
    result: readonly PublishedEvent[];
  };
  /** A dry run only counts; its id is null. */
  startReplay: {
    input: ReplayTerms & { readonly isDryRun: boolean };
    result: { readonly id: string; readonly total: number } | ({ readonly id: null } & ReplayForecast);
  };
  startBackfill: {
    input: BackfillOrder & Pick<ReplayTerms, 'ratePerSecond'> & { readonly isDryRun: boolean };
    result: { readonly id: string | null; readonly total: number };
  };
  /** Checked before it is stored. */
  setCatalogueEntry: { input: EventTypeContent; result: CatalogueEntry };
  removeCatalogueEntry: { input: { readonly name: string }; result: null };
  /** With what this process knows of itself. */
  describeServer: { input: Readonly<Record<string, never>>; result: Server };
  /** With what the request was admitted. */
  whoami: { input: Access; result: Access };
  /** All pages. */
  readWholeCatalogue: { input: { readonly dialect: string | null }; result: readonly CatalogueEntry[] };
}
export type LocalCommandName = Exclude<keyof AdminCommands, CommandName>;

/** A request after validation. */
export interface AdminRequest<N extends RouteName> {
  readonly params: Params<N> & { readonly tenant: TenantId };
  readonly query: Query<N>;
  readonly body: Body<N>;
  readonly headers: IncomingHttpHeaders;
  /** What the key of the request may do; it may do this operation. */
  readonly access: Access;
  /** What links to this server begin with. Throws `Fault` for a malformed Host. */
  readonly origin: () => string;
  /** The bytes of the body; empty without one. */
  readonly rawBody: Buffer;
}

export interface AdminReply<N extends RouteName> {
  readonly status: number;
  /** Absent: an empty answer. */
  readonly body?: Answer<N>;
  /** In place of `body`: its exact text. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route means. `parse` and `reply` are checked against the command that it names. */
export type AdminOperation<N extends RouteName> = {
  readonly [C in keyof AdminCommands]: {
    readonly command: C;
    readonly docs: {
      readonly tag: string;
      readonly summary: string;
      readonly description?: string;
    };
    readonly query?: TSchema;
    readonly body?: TSchema;
    /** Headers that the request may have, by lower-case name. */
    readonly headers?: Readonly<Record<string, TSchema>>;
    /** The default is that of the server. */
    readonly bodyBytesMax?: number;
    readonly answers: Readonly<Record<number, AnswerDocs>>;
    /** Refusals besides those that all operations have, and those of its path, query and body. */
    readonly faults?: readonly FaultCode[];
    /** Throws `Fault` for what the schemas do not say. */
    readonly parse: (request: AdminRequest<N>) => AdminCommands[C]['input'];
    readonly reply: (
      result: AdminCommands[C]['result'],
      request: AdminRequest<N>,
      input: AdminCommands[C]['input'],
    ) => AdminReply<N>;
    /** Server-sent events in place of the reply: always, or to a client that accepts them. */
    readonly stream?: {
      readonly isAlways: boolean;
      readonly write: (result: AdminCommands[C]['result']) => readonly ServerSentEvent[];
    };
  };
}[keyof AdminCommands];

export interface AnswerDocs {
  readonly description: string;
  /** A schema with an `$id`; absent for an empty answer. */
  readonly schema?: TSchema;
  /** When absent, `application/json`. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
}

export type AdminTable = { readonly [N in RouteName]: AdminOperation<N> };

/** Any entry of the table with its parts unrelated: TypeScript does not follow them through the union. */
export interface AnyAdminOperation extends Omit<
  AdminOperation<RouteName>,
  'command' | 'parse' | 'reply' | 'stream'
> {
  readonly command: keyof AdminCommands;
  readonly parse: (request: unknown) => unknown;
  readonly reply: (result: unknown, request: unknown, input: unknown) => AdminReply<RouteName>;
  readonly stream?: {
    readonly isAlways: boolean;
    readonly write: (result: never) => readonly ServerSentEvent[];
  };
}

/** The operator sees both modes of a tenant unless it asks for one. */
export function scopeOf({ tenant }: { readonly tenant: TenantId }, mode?: Mode): Scope {
  return { tenant, mode: mode ?? null };
}

/** What a list over all tenants covers. */
export function wideScope({ tenant, mode }: { readonly tenant?: string; readonly mode?: Mode }): WideScope {
  return { tenant: (tenant as TenantId | undefined) ?? null, mode: mode ?? null };
}

/** Where a list continues. */
export function pageRequest(query: { readonly limit?: number; readonly cursor?: string }) {
  return { limit: query.limit ?? pageLimitDefault, cursor: query.cursor ?? null };
}

/** A page in the form of the contract. */
export function toPage<T, J>(
  page: Page<T>,
  toJson: (item: T) => J,
): { status: 200; body: { data: J[]; nextCursor: string | null } } {
  return { status: 200, body: { data: page.items.map(toJson), nextCursor: page.nextCursor } };
}
