// `carillon probe`: the health check of a container or a load balancer, without curl or a shell.
import type { Command } from 'commander';
import { readClientConfig } from '#config.ts';
import type { Cli } from '../cli.ts';
import { Failure } from '../failure.ts';

const timeoutMs = 5_000;

export function addProbe(program: Command, cli: Cli): void {
  program
    .command('probe')
    .description(
      'Exit with 0 when the server is ready, and with 1 when it is not: a health check for containers.',
    )
    .option('--live', 'ask only whether its process answers, whatever state its database is in')
    .action(async ({ live }: { readonly live?: true }) => {
      // Needs no key: the paths are open.
      const { url } = readClientConfig(cli.environment, { ...cli.flags(), adminKey: '' });
      cli.answer(await ask(`${url}/${live === true ? 'healthz' : 'readyz'}`), ({ status }) => status);
    });
}

interface Health {
  readonly status: string;
}

async function ask(url: string): Promise<Health> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((cause: unknown) => {
    throw new Failure(`no server answers at ${url}`, { cause });
  });
  const text = await response.text();
  if (!response.ok) throw new Failure(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
  const health = readHealth(text);
  if (health === null) throw new Failure(`${url} answered something else: this is no Carillon server`);
  return health;
}

function readHealth(text: string): Health | null {
  try {
    const health: unknown = JSON.parse(text);
    const isHealth = typeof health === 'object' && health !== null && 'status' in health;
    return isHealth && typeof health.status === 'string' ? { status: health.status } : null;
  } catch {
    return null;
  }
}
