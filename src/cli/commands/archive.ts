// `carillon archive`: searching and verifying the files that ended days have become. Needs no server.
import { type Command, Option } from 'commander';
import type { ArchiveSearch, FoundLine } from '#archive/read.ts';
import type { ArchivePlace } from '#archive/place.ts';
import { list, pointInTime } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { exitCodes, Failure } from '../failure.ts';
import { toPlain } from '../output/terminal.ts';
import { addSettingFlags, readSettings } from '../setting-flags.ts';

const kinds = ['events', 'deliveries', 'attempts'] as const;
type Kind = (typeof kinds)[number];

interface SearchFlags {
  readonly tenant?: string;
  readonly event?: string;
  readonly type?: string;
  readonly since?: string;
  readonly until?: string;
  readonly kind?: readonly Kind[];
}

/** What says where the archive is, and opens it. */
const settings = /^(CARILLON_ARCHIVE$|AWS_)/;

export function addArchive(program: Command, cli: Cli): void {
  const archive = program
    .command('archive')
    .description('Read the files that ended days have become (CARILLON_ARCHIVE). Needs no server.');
  const time = pointInTime(cli.clock);
  const search = archive
    .command('search')
    .description('Print events, deliveries and attempts of the archive, oldest day first.')
    .option('--tenant <tenant>', 'only this tenant')
    .option('--event <id>', 'only this event, with its deliveries and attempts')
    .option('--type <type>', 'only events of this type, with their deliveries and attempts')
    .option('--since <time>', 'only what was published, or whose delivery ended, at this time or later', time)
    .option('--until <time>', 'only what was published, or whose delivery ended, before this time', time)
    .addOption(new Option('--kind <kinds>', `some of ${kinds.join(', ')}`).argParser(readKinds));
  addSettingFlags(search, settings).action(async (flags: SearchFlags) => {
    const place = await openPlace(cli, flags);
    await print(cli, place, flags);
  });
  const verify = archive
    .command('verify')
    .description('Read every file of the archive and compare it with its manifest.');
  addSettingFlags(verify, settings).action(async (flags: Record<string, unknown>) => {
    await verifyAll(cli, await openPlace(cli, flags));
  });
}

function readKinds(text: string, previous: readonly Kind[] | undefined): Kind[] {
  return list(text, previous).map((name) => {
    const kind = kinds.find((known) => known === name);
    if (kind !== undefined) return kind;
    throw new Failure(`--kind must be some of ${kinds.join(', ')}`, { exitCode: exitCodes.usage });
  });
}

async function openPlace(cli: Cli, flags: object): Promise<ArchivePlace> {
  const config = await readSettings(cli, { ...flags });
  const { openArchive } = await import('#app/archive.ts');
  const place = await openArchive(config);
  if (place !== null) return place;
  throw new Failure('there is no archive to read', {
    hint: 'give CARILLON_ARCHIVE, a directory or s3://bucket/prefix',
    exitCode: exitCodes.configuration,
  });
}

async function print(cli: Cli, place: ArchivePlace, flags: SearchFlags): Promise<void> {
  const { searchArchive } = await import('#archive/read.ts');
  const search: ArchiveSearch = {
    kinds: flags.kind ?? kinds,
    tenant: flags.tenant,
    event: flags.event,
    type: flags.type,
    since: flags.since === undefined ? undefined : Date.parse(flags.since),
    until: flags.until === undefined ? undefined : Date.parse(flags.until),
  };
  const isJson = cli.flags().json === true;
  for await (const found of searchArchive(place, search)) {
    cli.terminal.print(isJson ? withKind(found) : describe(found));
  }
}

/** The line as it is in the file, with its kind as another member. */
function withKind({ kind, line }: FoundLine): string {
  return `{"kind":"${kind}",${line.slice(1)}`;
}

function describe({ kind, row }: FoundLine): string {
  const texts = {
    events: [row.createdAt, 'event', row.tenant, row.mode, row.type, row.id],
    deliveries: [row.endedAt, 'delivery', row.tenant, row.mode, row.eventType, row.event, row.id, row.state],
    attempts: [
      row.startedAt,
      'attempt',
      row.tenant,
      row.mode,
      row.eventType,
      row.event,
      row.id,
      row.outcome,
      row.status ?? '-',
      row.url,
    ],
  };
  return texts[kind].map((text) => toPlain(String(text ?? ''))).join('  ');
}

async function verifyAll(cli: Cli, place: ArchivePlace): Promise<void> {
  const { verifyArchive } = await import('#archive/read.ts');
  const verdict = await verifyArchive(place, (day) => cli.terminal.progress(`reading ${day}`));
  cli.terminal.progress(null);
  cli.answer({ ok: verdict.problems.length === 0, ...verdict }, ({ days, files, rows, bytes, problems }) =>
    [
      `${place.name}: ${days} days, ${files} files, ${rows} rows, ${bytes} bytes compressed`,
      ...problems.map((problem) => `  ${toPlain(problem)}`),
      problems.length === 0 ? 'Everything is what its manifest says.' : `${problems.length} problems.`,
    ].join('\n'),
  );
  if (verdict.problems.length > 0) cli.setExitCode(exitCodes.failed);
}
