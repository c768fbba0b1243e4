// `carillon partitions move`: slots with their tenants go to another database while the server runs.
import { type Command, InvalidArgumentError } from 'commander';
import type { Choice, MoveDone, Plan } from '#app/partitions.ts';
import type { Config } from '#config.ts';
import { wholeNumber } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure } from '../failure.ts';
import { createProgress } from '../output/progress.ts';
import { toPlain } from '../output/terminal.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

const help = `
Examples:
  $ carillon partitions move 7,9,100-120 --to b
  $ carillon partitions move --tenant acme --to b
  $ carillon partitions move --count 200 --from directory --to b --dry-run

Some slots move at a time; their tenants are refused meanwhile (503 with Retry-After), and all others are served. After a crash, run it
again, or with --resume.`;

const slotMax = 4095;
const waitMax = 300;

/** `settings`: those that name the databases. */
export function addMove(partitions: Command, cli: Cli, settings: RegExp): void {
  const move = partitions
    .command('move')
    .description('Move slots with their tenants to another database, while all others are served.')
    .argument('[slots]', `slots of 0 to ${slotMax}: 7 or 7-40 or 7,9,100-120`, readSlots)
    .option('--tenant <id>', 'the slot of this tenant, with the others that are in it')
    .option(
      '--count <slots>',
      'so many slots of --from, those with tenants first',
      wholeNumber(1, slotMax + 1),
    )
    .option('--from <partition>', 'where the slots of --count are')
    .option('--to <partition>', 'where they go')
    .option(
      '--wait <seconds>',
      'how long requests that are under way are waited for, before they may be made twice',
      wholeNumber(0, waitMax),
      10,
    )
    .option('--dry-run', 'say what would move, and move nothing')
    .option('--resume', 'go on with a move that was interrupted')
    .option('--abort', 'give back what has not moved, and end the move')
    .addHelpText('after', help);
  addSettingFlags(move, settings).action(async (slots: readonly number[] | undefined, flags: MoveFlags) => {
    const config = await readSettings(cli, { ...flags });
    try {
      await moveAll(cli, config, slots, flags);
    } finally {
      cli.terminal.progress(null);
    }
  });
}

interface MoveFlags {
  readonly tenant?: string;
  readonly count?: number;
  readonly from?: string;
  readonly to?: string;
  readonly wait: number;
  readonly dryRun?: true;
  readonly resume?: true;
  readonly abort?: true;
}

function readSlots(text: string): number[] {
  const slots = text.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || from > to || to > slotMax) {
      throw new InvalidArgumentError(`It must be slots of 0 to ${slotMax}: 7 or 7-40 or 7,9,100-120.`);
    }
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return [...new Set(slots)].sort((a, b) => a - b);
}

async function moveAll(
  cli: Cli,
  config: Config,
  slots: readonly number[] | undefined,
  flags: MoveFlags,
): Promise<void> {
  const app = await import('#app/partitions.ts');
  const { to } = flags;
  const terms = { drainMs: flags.wait * 1000, onStep: showSteps(cli) };
  if (flags.resume === true || flags.abort === true) {
    const done = await app.move(config, flags.abort === true ? 'abort' : 'resume', terms);
    return cli.answer(done, describeMoved);
  }
  if (to === undefined) throw usage('give the partition to move to with --to');
  const plan = await app.plan(config, readChoice(slots, flags));
  if (flags.dryRun === true) return cli.answer({ ...plan, to }, (planned) => describePlan(planned, to));
  cli.answer(await app.move(config, { slots: plan.slots, to }, terms), describeMoved);
}

/** A line for each step, and how many rows it has come to. */
function showSteps(cli: Cli): (step: string) => void {
  const progress = createProgress(cli, 'rows', null);
  let rows = 0;
  return (step) => {
    const [, what, count] = /^(\w+) (\d+) rows$/.exec(step) ?? [];
    if (what === undefined) cli.terminal.note(step);
    else progress.show((rows += Number(count)), what);
  };
}

function readChoice(slots: readonly number[] | undefined, { tenant, count, from }: MoveFlags): Choice {
  const given = [slots, tenant, count].filter((one) => one !== undefined);
  if (given.length !== 1 || (count === undefined) !== (from === undefined)) {
    throw usage('give slots, or --tenant, or --count with --from');
  }
  if (slots !== undefined) return { slots };
  return tenant !== undefined ? { tenant } : { count: count ?? 0, from: from ?? '' };
}

function usage(message: string): Failure {
  return new Failure(message, { exitCode: exitCodes.usage });
}

const tenantsShown = 20;

function describePlan({ slots, tenants }: Plan, to: string): string {
  const more = tenants.length - tenantsShown;
  return [
    `${slots.length} slots with ${tenants.length} tenants would move to ${toPlain(to)}.`,
    ...tenants.slice(0, tenantsShown).map((tenant) => `  ${toPlain(tenant)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

function describeMoved({ slots, tenants, rows, closedMs }: MoveDone): string {
  if (slots === 0) return 'Nothing more has moved.';
  const closed = closedMs === 0 ? '' : `; each was closed for ${(closedMs / 1000).toFixed(1)} s at most`;
  return `${slots} slots with ${tenants} tenants have moved, ${rows} rows${closed}.`;
}
