// The thread boundary: what the API thread asks of the engine thread. A closed interface of data that a structured clone
// carries; one call is one message, and a request makes one call.
import type {
  ClientCommandName,
  CommandInput,
  CommandName,
  CommandResult,
  Commands,
  Unscoped,
} from './commands.ts';
import type { Origin, RequestSource } from './audit.ts';
import type { Client } from './caller.ts';
import type { EndpointId } from './endpoint.ts';
import type { JsonValue } from '#lib/json.ts';
import type { Publication, PublicationInProgress, PublicationResult } from './event.ts';

/** Every member rejects with `Fault` for what the caller can act on. */
export interface Backend {
  /** Carries out a command for the operator. What it changes is in the audit log as of `origin`, where that is given. */
  run<C extends CommandName>(command: C, input: CommandInput<C>, origin?: Origin): Promise<CommandResult<C>>;
  /** Carries out a command for a client of a dialect, in the tenant and mode of its credential, whose changes they are. */
  runAs<C extends ClientCommandName>(
    client: Client,
    command: C,
    input: Unscoped<C>,
    source: RequestSource,
  ): Promise<CommandResult<C>>;
  /** Resolves when the publications are on disk or in progress, with one result each, in order. */
  publish(
    publications: readonly Publication[],
  ): Promise<readonly (PublicationResult | PublicationInProgress)[]>;
  /** Resolves when a publication in progress is on disk. Is called once for each. */
  published(id: number): Promise<PublicationResult>;
  /**
   * Resolves when what is known of the keys of the admin API is to be read again, with the number of that change; at once
   * when that is another one than `known`.
   */
  accessChanged(known: number): Promise<number>;
  /** Resolves when there is something that clients may be waiting for. One call is open at a time. */
  news(): Promise<News>;
  /** The number of the partition of each slot; null where there is one database. */
  placement(): Promise<Uint8Array | null>;
  check(): Promise<EngineState>;
  /** In the Prometheus text format. */
  metricsText(): Promise<string>;
}

/** What has happened in this process since the answer before; what others do is told of endpoints alone. */
export interface News {
  /** These endpoints have something due, or were changed. */
  readonly due: readonly EndpointId[];
  /** More endpoints than are told of. */
  readonly isEverything: boolean;
  /** Events were published. */
  readonly isPublished: boolean;
  /** Attempts were recorded. */
  readonly isAttempted: boolean;
}

export interface EngineState {
  /** What keeps the engine from working; empty when nothing does. */
  readonly troubles: readonly Trouble[];
  /** It takes in events and delivers nothing. */
  readonly isPaused: boolean;
  /** Of several databases, how many can be used: the tenants of the others are refused. */
  readonly partitions?: { readonly usable: number; readonly total: number };
}

/** Why a server cannot work now. */
export interface Trouble {
  /** For anybody: names no file, host or database. */
  readonly summary: string;
  /** For the operator. */
  readonly detail: string;
}

/** `T` itself if a structured clone carries it as it is, without functions and class instances; else not assignable. */
export type Cloneable<T> = T extends JsonValue | undefined | Uint8Array
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends object
      ? { readonly [K in keyof T]: Cloneable<T[K]> }
      : never;

/** The names in a table of calls whose input or result a structured clone does not carry. */
export type Uncloneable<Table> = {
  [Name in keyof Table]: Table[Name] extends Cloneable<Table[Name]> ? never : Name;
}[keyof Table];

interface Calls extends Commands {
  publish: {
    input: readonly Publication[];
    result: readonly (PublicationResult | PublicationInProgress)[];
  };
  published: { input: number; result: PublicationResult };
  news: { input: null; result: News };
  placement: { input: null; result: Uint8Array | null };
}

/** Does not compile when a call says something that does not cross between threads, and names that call. */
export type EveryCallIsCloneable = None<Uncloneable<Calls>>;
type None<Names extends never> = Names;
