import type { Endpoint, EndpointId } from '#core/endpoint.ts';
import type { Publication, PublicationResult } from '#core/event.ts';
import type { Limits } from '#core/limits.ts';
import type { GivenResult, Lease, LeaseVerdict, PullDelivery, Pulled, ResultVerdict } from '#core/pull.ts';
import type { SecretBox } from '#core/secrets.ts';
import type { Transforms } from '#core/transform.ts';
import type { Dialects } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Random } from '#lib/random.ts';
import type { Seal } from '#lib/seal.ts';
import type { AddressRules } from '#sending/address.ts';
import type { ClaimedAlerts, ReadStore, Store } from '#store/store.ts';
import type { SecretPool } from './secret-pool.ts';

/** What the handlers of commands that only read work with. */
export interface ReadDeps {
  readonly store: ReadStore;
  readonly dialects: Dialects;
  readonly clock: Clock;
  readonly seal: Seal;
  readonly secrets: SecretBox;
  /** How long events are kept. */
  readonly retentionMs: number;
}

/** What all others work with. */
export interface CommandDeps extends ReadDeps {
  readonly store: Store;
  readonly rules: AddressRules;
  /** Looks the host of a URL up: what is wrong with it, as one sentence, or null. Never rejects. */
  readonly checkReach: (url: string) => Promise<string | null>;
  /** Of the egress proxies that the configuration names. */
  readonly egressNames: readonly string[];
  /** Of the newest encryption key: what it seals names it. */
  readonly encryptionKeyId: string;
  /** Whether e-mail can be sent. */
  readonly hasMail: boolean;
  readonly limits: Limits;
  readonly ids: IdSource;
  readonly random: Random;
  readonly secretPool: SecretPool;
  readonly transforms: Transforms;
  readonly effects: Effects;
  readonly pulls: Pulls;
}

/** Deliveries that clients take, of endpoints without a URL. */
export interface Pulls {
  pull(endpoint: Endpoint, request: PullDelivery): Promise<Pulled>;
  settle(endpoint: Endpoint, results: readonly GivenResult[]): Promise<readonly ResultVerdict[]>;
  extend(endpoint: Endpoint, leases: readonly Lease[], leaseMs: number): Promise<readonly LeaseVerdict[]>;
  release(endpoint: Endpoint, leases: readonly Lease[]): Promise<readonly LeaseVerdict[]>;
}

/** How a command affects the running engine. */
export interface Effects {
  /** These endpoints have something due. */
  notify(endpoints: readonly EndpointId[]): void;
  /** These endpoints have changed: nothing more is sent to them as before. */
  invalidate(endpoints: readonly EndpointId[]): void;
  replayStarted(): void;
  checkStarted(): void;
  /** A key of the admin API was removed, or reaches other tenants. */
  accessChanged(): void;
  /** Begins deliveries in a process that was started paused. False when it was not. */
  resume(): boolean;
  /** Makes a publication durable and sends what is due at once. */
  publish(publication: Publication): Promise<PublicationResult>;
  /** Sends messages of an alert now. Null when they were sent, else why not. Never rejects. */
  sendAlert(sending: Pick<ClaimedAlerts, 'alert' | 'name' | 'via' | 'messages'>): Promise<string | null>;
}
