// Key pool: secrets that take long to make (RSA key pairs, 0.2 s each and more under load) are made ahead in the
// background, so that a creation does not wait for one. A dialect says how many it wants (`secretsAhead`).
import type { TenantId } from '#core/tenant.ts';
import type { Dialect, NewSecret } from '#dialects/dialect.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock } from '#lib/clock.ts';
import type { Random } from '#lib/random.ts';
import type { Seal } from '#lib/seal.ts';
import { Semaphore } from '#lib/semaphore.ts';

interface PoolDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly seal: Seal;
}

/** A secret is encrypted while it waits: a memory dump does not have it. */
type Ready = Pick<NewSecret, 'attributes'> & { readonly sealed: string };

/** Pause before each secret that is made ahead, so that a refill takes at most half of one core. */
const pauseMs = 250;
/** Tenants whose turns are kept apart; beyond it only fairness is lost. */
const turnsMax = 1000;

export class SecretPool {
  readonly #deps: PoolDeps;
  readonly #ready = new Map<string, Ready[]>();
  readonly #filling = new Set<string>();
  readonly #turns = new BoundedMap<TenantId, Semaphore>(turnsMax);
  readonly #ending = new AbortController();
  /** Creations that wait for a secret now. */
  #waiting = 0;

  constructor(deps: PoolDeps) {
    this.#deps = deps;
  }

  /** A new secret for `tenant`: from the pool, or made now. Each tenant has one made at a time, so none delays others. */
  async take(dialect: Dialect, tenant: TenantId): Promise<NewSecret> {
    const { random, seal } = this.#deps;
    if (dialect.secretsAhead === undefined) return dialect.createSecret(random);
    const ready = this.#ready.get(dialect.name)?.shift();
    this.fill(dialect);
    if (ready === undefined) return this.#make(dialect, tenant);
    const { sealed, ...others } = ready;
    return { ...others, secret: seal.open(sealed, contextOf(dialect)) };
  }

  /** Starts to make secrets ahead when the dialect wants them and some are missing. Returns at once. */
  fill(dialect: Dialect): void {
    const { name, secretsAhead = 0 } = dialect;
    if (secretsAhead === 0 || this.#filling.has(name)) return;
    this.#filling.add(name);
    // An error is not lost: the creation that finds the pool empty meets it again.
    void this.#refill(dialect, secretsAhead)
      .catch(() => {})
      .finally(() => this.#filling.delete(name));
  }

  /** Stops the refills; a secret that is being made is dropped. */
  close(): void {
    this.#ending.abort();
  }

  async #make(dialect: Dialect, tenant: TenantId): Promise<NewSecret> {
    const turn = this.#turns.get(tenant) ?? new Semaphore(1);
    this.#turns.set(tenant, turn);
    this.#waiting++;
    try {
      return await turn.run(() => dialect.createSecret(this.#deps.random));
    } finally {
      this.#waiting--;
    }
  }

  async #refill(dialect: Dialect, count: number): Promise<void> {
    const { clock, random, seal } = this.#deps;
    const ready = this.#ready.get(dialect.name) ?? [];
    this.#ready.set(dialect.name, ready);
    while (ready.length < count) {
      await clock.sleep(pauseMs, this.#ending.signal);
      if (this.#ending.signal.aborted) return;
      if (this.#waiting > 0) continue;
      const { secret, ...others } = await dialect.createSecret(random);
      ready.push({ ...others, sealed: seal.close(secret, contextOf(dialect)) });
    }
  }
}

const contextOf = ({ name }: Dialect): string => `pool:${name}`;
