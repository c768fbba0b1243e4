import type { EndpointId } from '#core/endpoint.ts';
import type { Publication, PublicationResult } from '#core/event.ts';
import type { Limits } from '#core/limits.ts';
import type { SecretBox } from '#core/secrets.ts';
import type { Dialects } from '#dialects/dialect.ts';
import type { Clock } from '#lib/clock.ts';
import type { IdSource } from '#lib/ids.ts';
import type { Random } from '#lib/random.ts';
import type { RateLimiter } from '#lib/rate-limiter.ts';
import type { Seal } from '#lib/seal.ts';
import type { AddressRules } from '#sending/address.ts';
import type { Store } from '#store/store.ts';
import type { SecretPool } from './secret-pool.ts';

/** What the handlers of all commands work with. */
export interface CommandDeps {
  readonly store: Store;
  readonly dialects: Dialects;
  readonly rules: AddressRules;
  /** Looks the host of a URL up: what is wrong with it, as one sentence, or null. Never rejects. */
  readonly checkReach: (url: string) => Promise<string | null>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly random: Random;
  readonly seal: Seal;
  readonly secrets: SecretBox;
  readonly secretPool: SecretPool;
  /** Endpoints that clients create, by tenant. */
  readonly creationLimit: RateLimiter;
  readonly effects: Effects;
}

/** How a command affects the running engine. */
export interface Effects {
  /** These endpoints have something due. */
  notify(endpoints: readonly EndpointId[]): void;
  /** These endpoints have changed: nothing more is sent to them as before. */
  invalidate(endpoints: readonly EndpointId[]): void;
  replayStarted(): void;
  /** Begins deliveries in a process that was started paused. False when it was not. */
  resume(): boolean;
  /** Writes the counts that are still in memory. */
  flushStats(): Promise<void>;
  /** Makes a publication durable and sends what is due at once. */
  publish(publication: Publication): Promise<PublicationResult>;
}
