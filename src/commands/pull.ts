// Pulling: clients take the deliveries of an endpoint without a URL, and say what came of them.
import type { CommandHandlers, EndpointRef } from '#core/commands.ts';
import type { Endpoint } from '#core/endpoint.ts';
import { fieldFault } from '#core/fault.ts';
import type { CommandDeps } from './deps.ts';
import { findEndpoint } from './endpoint-checks.ts';

type PullCommands = Pick<
  CommandHandlers,
  'pullDeliveries' | 'recordResults' | 'extendLeases' | 'releaseLeases'
>;

export function createPullCommands(deps: CommandDeps): PullCommands {
  const { pulls } = deps;
  return {
    async pullDeliveries(input) {
      const { max, leaseMs, held = [], withMissed = false } = input;
      return pulls.pull(await findPulled(deps, input), { max, leaseMs, held, withMissed });
    },
    recordResults: async (input) => pulls.settle(await findPulled(deps, input), input.results),
    extendLeases: async (input) => pulls.extend(await findPulled(deps, input), input.leases, input.leaseMs),
    releaseLeases: async (input) => pulls.release(await findPulled(deps, input), input.leases),
  };
}

/** Faults `endpoint_not_found`, `field_invalid`. */
async function findPulled(deps: CommandDeps, input: EndpointRef): Promise<Endpoint> {
  const endpoint = await findEndpoint(deps, input);
  if (endpoint.kind === 'pull') return endpoint;
  throw fieldFault(
    'id',
    'is an endpoint with a URL, where its deliveries are sent; create one of kind "pull"',
  );
}
