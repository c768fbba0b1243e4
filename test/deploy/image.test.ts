// The image: built from the Dockerfile, and started as the user that it names. Needs buildah, and the base image in a registry
// or in buildah's own storage.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
/** Without a daemon, and without rights that a container of a test run does not have. */
const env = { ...process.env, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };
const base = 'docker.io/library/node:24-bookworm-slim';
const image = 'localhost/carillon:under-test';

async function buildah(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('buildah', args, { env, maxBuffer: 64 * 2 ** 20 });
  return stdout.trim();
}

/** Where the npm registry is reached through a proxy whose certificate Node knows by its environment alone. */
function ownAuthorities(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (file === undefined) return [];
  return ['--env', `NODE_EXTRA_CA_CERTS=${file}`, '--volume', `${file}:${file}:ro`];
}

/** Serves on a free port until it is ready, and ends it by SIGTERM; prints what the image lets its user do. */
const script = `
  export PORT=18480
  carillon="node --max-semi-space-size=16 --max-old-space-size=1024 node_modules/carillon/bin/carillon.js"
  $carillon serve & server=$!
  for try in $(seq 60); do $carillon probe 2>/dev/null && break; sleep 1; done
  kill -TERM $server; wait $server; echo "exit $?"
  id -u
  touch /opt/carillon/file 2>/dev/null && echo writable || echo read-only
  stat -c '%n %a' /data/admin.key /data/encryption.key`;

test(
  'the image is built, runs as its own user, and says when it is ready',
  { timeout: 900_000 },
  async ({ skip }) => {
    await buildah('--version').catch(() => skip('buildah is not installed'));
    await buildah('pull', '--policy', 'missing', base).catch(() => skip(`${base} cannot be pulled`));
    await buildah('bud', '--format', 'docker', ...ownAuthorities(), '-t', image, '.');
    const container = await buildah('from', image);
    try {
      const printed = await buildah('run', '--user', '65532:65532', container, '--', 'sh', '-c', script);
      expect(printed).toMatch(/^ready$/m);
      expect(printed.split('\n').slice(-5)).toEqual([
        'exit 0',
        '65532',
        'read-only',
        '/data/admin.key 600',
        '/data/encryption.key 600',
      ]);
      const inspected = JSON.parse(await buildah('inspect', '--type', 'image', image));
      expect(inspected.Docker.config).toMatchObject({
        User: '65532:65532',
        Volumes: { '/data': {} },
        Healthcheck: { Test: ['CMD', 'node', 'node_modules/carillon/bin/carillon.js', 'probe'] },
      });
    } finally {
      await buildah('rm', container);
      await buildah('rmi', image);
    }
  },
);
