// Carrying out commands, and which thread does: one decision for all of them.
import type { Backend } from '#core/backend.ts';
import type { Caller, Client } from '#core/caller.ts';
import {
  type ClientCommandName,
  type CommandHandlers,
  type CommandInput,
  type CommandName,
  type CommandResult,
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
}

/** For the operator as commands are asked; for a client in the scope that its credential gives, within its limits. */
export function carryOut(handlers: Partial<CommandHandlers>, means: Means): Commands {
  const handle = async <C extends CommandName>(
    command: C,
    input: CommandInput<C>,
  ): Promise<CommandResult<C>> => {
    const handler: ((input: CommandInput<C>) => Promise<CommandResult<C>>) | undefined = handlers[command];
    if (handler === undefined) throw new Error(`${command} is not carried out here`);
    return handler(input);
  };
  return {
    run(command, input) {
      // Whose request it is: asked before each, and one search by key.
      if (isLookup(command)) return handle(command, input);
      const tenant = 'tenant' in input ? input.tenant : null;
      return means.inTurn({ tenant, isClient: false }, () => handle(command, input));
    },
    async runAs(client, command, input) {
      const caller = await means.authenticate(client);
      means.limits.take(command, caller.tenant, means.clock.now());
      const whose = { tenant: caller.tenant, isClient: true };
      return means.inTurn(whose, () => handle(command, { ...input, ...caller }));
    },
  };
}

/** One backend of two threads: commands that only read go to the reader. */
export function withReader(engine: RemoteEngine, reader: RemoteReader): RemoteEngine {
  const of = (command: CommandName): Commands => (isRead(command) ? reader : engine);
  return {
    ...engine,
    async run<C extends CommandName>(command: C, input: CommandInput<C>): Promise<CommandResult<C>> {
      // What the engine has counted since its last flush belongs to the answer.
      if (command === 'readStats') await engine.flushStats();
      return of(command).run(command, input);
    },
    runAs: <C extends ClientCommandName>(client: Client, command: C, input: Unscoped<C>) =>
      of(command).runAs(client, command, input),
    async stop(timeoutMs) {
      await reader.stop();
      await engine.stop(timeoutMs);
    },
  };
}
