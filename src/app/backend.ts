// Carrying out commands, and which thread does: one decision for all of them.
import type { Origin, RequestSource } from '#core/audit.ts';
import type { Backend } from '#core/backend.ts';
import type { Caller, Client } from '#core/caller.ts';
import {
  type ClientCommandName,
  type CommandHandlers,
  type CommandInput,
  type CommandName,
  type CommandResult,
  isBackground,
  isLookup,
  isRead,
  type Unscoped,
} from '#core/commands.ts';
import type { ClientLimits } from '#commands/client-limits.ts';
import type { TenantId } from '#core/tenant.ts';
import type { Clock } from '#lib/clock.ts';
import type { RemoteEngine, RemoteReader } from './line.ts';

type Commands = Pick<Backend, 'run' | 'runAs'>;

interface Means {
  readonly authenticate: (client: Client) => Promise<Caller>;
  readonly limits: ClientLimits;
  readonly clock: Clock;
  readonly inTurn: <Result>(whose: Whose, work: () => Promise<Result>) => Promise<Result>;
}

/** Whose turn a command takes. */
interface Whose {
  /** Whom it is about; null when it is about no tenant, or all. */
  readonly tenant: TenantId | null;
  readonly isClient: boolean;
  /** Nobody waits for it. */
  readonly isBackground: boolean;
}

/** The handlers of a command whose changes are audited as of `origin`; null: they are not. */
type HandlersFor = (command: CommandName, origin: Origin | null) => Partial<CommandHandlers>;

/** For the operator as commands are asked; for a client in the scope that its credential gives, within its limits. */
export function carryOut(handlersFor: HandlersFor, means: Means): Commands {
  const handle = async <C extends CommandName>(
    command: C,
    input: CommandInput<C>,
    origin: Origin | null,
  ): Promise<CommandResult<C>> => {
    const handlers = handlersFor(command, origin);
    const handler: ((input: CommandInput<C>) => Promise<CommandResult<C>>) | undefined = handlers[command];
    if (handler === undefined) throw new Error(`${command} is not carried out here`);
    return handler(input);
  };
  return {
    run(command, input, origin) {
      // Whose request it is: asked before each, and one search by key.
      if (isLookup(command)) return handle(command, input, null);
      const tenant = 'tenant' in input ? input.tenant : null;
      const isClient = origin?.actor.kind === 'portal';
      if (isClient && tenant !== null) means.limits.take(command, tenant, means.clock.now());
      const whose = { tenant, isClient, isBackground: isBackground(command) };
      return means.inTurn(whose, () => handle(command, input, origin ?? null));
    },
    async runAs(client, command, input, source) {
      const { credential, ...scope } = await means.authenticate(client);
      const { tenant } = scope;
      means.limits.take(command, tenant, means.clock.now());
      const actor = { kind: 'credential', id: credential, name: tenant, isConsole: false } as const;
      return means.inTurn({ tenant, isClient: true, isBackground: false }, () =>
        handle(command, { ...input, ...scope }, { ...source, actor }),
      );
    },
  };
}

/** One backend of two threads: commands that only read go to the reader. */
export function withReader(engine: RemoteEngine, reader: RemoteReader): RemoteEngine {
  const of = (command: CommandName): Commands => (isRead(command) ? reader : engine);
  return {
    ...engine,
    async run<C extends CommandName>(
      command: C,
      input: CommandInput<C>,
      origin?: Origin,
    ): Promise<CommandResult<C>> {
      // What the engine has counted since its last flush belongs to the answer.
      if (command === 'readStats') await engine.flushStats();
      return of(command).run(command, input, origin);
    },
    runAs: <C extends ClientCommandName>(
      client: Client,
      command: C,
      input: Unscoped<C>,
      source: RequestSource,
    ) => of(command).runAs(client, command, input, source),
    async stop(timeoutMs) {
      await reader.stop();
      await engine.stop(timeoutMs);
    },
  };
}
