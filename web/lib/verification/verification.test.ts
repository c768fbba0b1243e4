// The verification code of each language is run, where that is installed, with deliveries that each dialect has signed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Message } from '#dialects/dialect.ts';
import { dialects } from '#dialects/index.ts';
import { systemRandom } from '#lib/random.ts';
import { languages } from './languages.ts';
import { headerOf, type Scheme, schemeOf, signedText } from './scheme.ts';

const body = '{"amount":"12.50","name":"Zoë’s, \\"x\\""}';

/** One call of the code: its arguments, and what it must answer. */
interface Case {
  readonly args: readonly string[];
  readonly isGenuine: boolean;
}

/** Runs a file with arguments in groups of `count`, and prints one line per group. */
interface Runner {
  readonly file: string;
  readonly command: readonly string[];
  readonly version: readonly string[];
  readonly main: (count: number) => string;
  readonly needs?: (scheme: Scheme) => readonly string[];
}

const runners: Readonly<Record<string, Runner>> = {
  JavaScript: {
    file: 'verify.mjs',
    command: [process.execPath, 'verify.mjs'],
    version: [process.execPath, '--version'],
    main: (count) => `
const all = process.argv.slice(2);
for (let at = 0; at < all.length; at += ${count}) {
  const args = all.slice(at, at + ${count});
  args[${count - 2}] = Buffer.from(args[${count - 2}]);
  console.log(String(isGenuine(...args)));
}`,
  },
  Python: {
    file: 'verify.py',
    command: ['python3', 'verify.py'],
    version: ['python3', '--version'],
    main: (count) => `
import sys
args = sys.argv[1:]
for at in range(0, len(args), ${count}):
    group = args[at:at + ${count}]
    group[${count - 2}] = group[${count - 2}].encode()
    print(str(is_genuine(*group)).lower())`,
    needs: ({ kind }) =>
      kind === 'rsa' ? ['python3', '-c', 'import cryptography'] : ['python3', '--version'],
  },
  PHP: {
    file: 'verify.php',
    command: ['php', 'verify.php'],
    version: ['php', '--version'],
    main: (count) => `
foreach (array_chunk(array_slice($argv, 1), ${count}) as $args) {
    echo isGenuine(...$args) ? "true\\n" : "false\\n";
}`,
  },
  Ruby: {
    file: 'verify.rb',
    command: ['ruby', '-Ku', 'verify.rb'],
    version: ['ruby', '--version'],
    main: (count) => `
ARGV.each_slice(${count}) { |args| puts genuine?(*args) }`,
  },
  Go: {
    file: 'verify.go',
    command: ['go', 'run', 'verify.go', 'main.go'],
    version: ['go', 'version'],
    main: () => '',
  },
  Java: {
    file: 'Verification.java',
    command: ['java', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', 'Main.java'],
    version: ['java', '--version'],
    main: () => '',
  },
};

describe.each(dialects.map(({ name }) => name))('%s', (dialect) => {
  test.for(languages)('$name', { timeout: 240_000 }, async ({ name, write }, { skip }) => {
    const runner = runners[name];
    const scheme = schemeOf(dialect);
    if (runner === undefined || scheme === undefined) throw new Error('a language or a dialect has no test');
    const [program = '', ...args] = runner.needs?.(scheme) ?? runner.version;
    skip(spawnSync(program, args).status !== 0, `${[program, ...args].join(' ')} does not run here`);
    const cases = await makeCases(dialect, scheme);
    expect(run(name, runner, write(scheme), cases)).toEqual(cases.map(({ isGenuine }) => String(isGenuine)));
  });

  test('the signed string is what was signed', async () => {
    const scheme = schemeOf(dialect);
    if (scheme === undefined) throw new Error('a dialect has no scheme');
    const { headers } = await sign(dialect, Date.now());
    const expected =
      scheme.kind === 'timed' ? `evt-1.${headerOf(headers, 'webhook-timestamp')}.${body}` : body;
    expect(signedText(scheme, headers, body)).toBe(expected);
    expect(headerOf(headers, scheme.header)).toBeTruthy();
  });
});

async function sign(dialect: string, now: number) {
  const found = dialects.find(({ name }) => name === dialect);
  if (found === undefined) throw new Error(`there is no dialect ${dialect}`);
  const { secret, attributes = {} } = await found.createSecret(systemRandom);
  const message = {
    event: { id: 'evt-1' },
    endpoint: { attributes },
    payload: Buffer.from(body),
    secrets: [secret],
  } as unknown as Message;
  const headers = await found.sign(message, now);
  return { headers, key: found.isSecretShared ? secret : (attributes['public_key'] as string) };
}

async function makeCases(dialect: string, scheme: Scheme): Promise<readonly Case[]> {
  const now = Date.now();
  const { headers, key } = await sign(dialect, now);
  const old = await sign(dialect, now - 3_600_000);
  const other = await sign(dialect, now);
  const args = (of: typeof headers, sent: string, with_: string): readonly string[] => {
    const names =
      scheme.kind === 'timed' ? ['webhook-id', 'webhook-timestamp', scheme.header] : [scheme.header];
    return [...names.map((name) => headerOf(of, name) ?? ''), sent, with_];
  };
  const spoilt = { ...headers };
  for (const name of Object.keys(spoilt)) {
    if (name.toLowerCase() === scheme.header.toLowerCase()) spoilt[name] = 'AAAA';
  }
  return [
    { args: args(headers, body, key), isGenuine: true },
    { args: args(headers, `${body} `, key), isGenuine: false },
    { args: args(spoilt, body, key), isGenuine: false },
    { args: args(headers, body, other.key), isGenuine: false },
    ...(scheme.kind === 'timed' ? [{ args: args(old.headers, body, old.key), isGenuine: false }] : []),
  ];
}

function run(
  name: string,
  { file, command, main }: Runner,
  code: string,
  cases: readonly Case[],
): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-verification-'));
  const count = cases[0]?.args.length ?? 0;
  try {
    writeFileSync(join(folder, file), code + main(count));
    if (name === 'Go') writeFileSync(join(folder, 'main.go'), goMain(count));
    if (name === 'Java') writeFileSync(join(folder, 'Main.java'), javaMain(code, count));
    const [program = '', ...args] = [...command, ...cases.flatMap((each) => each.args)];
    const env = { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off', LC_ALL: 'C.UTF-8' };
    return execFileSync(program, args, { cwd: folder, env, encoding: 'utf8' }).trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `a[0], a[1], []byte(a[2]), a[3]` */
function argsOf(count: number, body_: (at: string) => string): string {
  return Array.from({ length: count }, (_, n) => (n === count - 2 ? body_(`a[at+${n}]`) : `a[at+${n}]`)).join(
    ', ',
  );
}

function goMain(count: number): string {
  const args = argsOf(count, (at) => `[]byte(${at})`);
  return `package main

import (
	"fmt"
	"os"
)

func main() {
	a := os.Args[1:]
	for at := 0; at < len(a); at += ${count} {
		fmt.Println(isGenuine(${args}))
	}
}
`;
}

/** One file: the launcher of Java compiles the first alone. */
function javaMain(code: string, count: number): string {
  const isImport = (line: string): boolean => line.startsWith('import ');
  const lines = code.split('\n');
  const args = argsOf(count, (at) => `${at}.getBytes(java.nio.charset.StandardCharsets.UTF_8)`);
  return [
    ...lines.filter(isImport),
    'class Main {',
    '  public static void main(String[] a) throws Exception {',
    `    for (int at = 0; at < a.length; at += ${count}) System.out.println(Verification.isGenuine(${args}));`,
    '  }',
    '}',
    ...lines.filter((line) => !isImport(line)),
  ].join('\n');
}
