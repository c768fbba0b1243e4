// Each room of src/, and what it may import besides itself. This table is the architecture.
const ports = ['core', 'lib', 'store/store.ts', 'dialects/dialect.ts'];
const rooms = {
  lib: [],
  core: ['lib'],
  contract: [],
  input: ['core', 'lib'],
  dialects: ['core', 'lib', 'input'],
  store: ['core', 'lib'],
  sending: ['core', 'lib'],
  // The threads of the sandbox, and the pool of them.
  transforms: ['core', 'lib'],
  // The API thread.
  intake: ['core', 'lib', 'input', 'dialects/dialect.ts', 'dialects/draft.ts'],
  http: ['core', 'lib', 'contract', 'input', 'intake', 'dialects/dialect.ts'],
  // The engine thread.
  commands: [...ports, 'dialects/draft.ts', 'sending/address.ts'],
  engine: [...ports, 'sending'],
  // Outside.
  outbox: ['lib'],
  archive: ['core', 'lib'],
  cli: ['lib', 'contract', 'config.ts', 'app', 'outbox', 'archive'],
};
const at = (place) => (place.endsWith('.ts') ? `^src/${place}$` : `^src/${place}/`);
const forbid = (name, from, to) => ({ name, severity: 'error', from, to });
const onlyIn = (room, pkg) =>
  forbid(
    `${pkg}-only-in-${room}`,
    { path: '^src/', pathNot: `${at(room)}|[.]test[.]ts$` },
    { path: `node_modules/${pkg}/`, dependencyTypesNot: ['type-only'] },
  );

module.exports = {
  forbidden: [
    forbid('no-cycle', {}, { circular: true }),
    forbid('no-orphan', { orphan: true, pathNot: 'test[.]ts$|[.]d[.]ts$|^packages/portal/src/' }, {}),
    forbid(
      'no-test-in-product',
      { pathNot: '^(test|bench)/|^examples/[^/]+/[^/]+$|[.]test[.]ts$' },
      { path: '^test/|[.]test[.]ts$' },
    ),
    forbid('no-example-in-product', { path: '^src/' }, { path: '^(examples|scripts)/' }),
    forbid('no-bench-elsewhere', { pathNot: '^(bench|test/bench)/' }, { path: '^bench/' }),
    forbid(
      'dialects-are-strangers',
      { path: '^src/dialects/([^/]+)/' },
      { path: '^src/dialects/[^/]+/', pathNot: '^src/dialects/$1/' },
    ),
    forbid(
      'stores-are-strangers',
      { path: '^src/store/(sqlite|postgres)/' },
      { path: '^src/store/(sqlite|postgres)/', pathNot: '^src/store/$1/' },
    ),
    // What ships alone must not bring the server along. The table of routes loads nothing.
    forbid(
      'packages-know-types-of-the-contract',
      { path: '^packages/', pathNot: '[.]test[.]ts$' },
      { path: '^src/', pathNot: '^src/contract/routes[.]ts$', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'packages-need-no-package',
      { path: '^packages/', pathNot: '[.]test[.]ts$' },
      { path: 'node_modules/' },
    ),
    onlyIn('http', 'fastify'),
    onlyIn('transforms', 'quickjs-emscripten-core'),
    onlyIn('(store/postgres|outbox)', 'pg'),
  ],
  allowed: [
    ...Object.entries(rooms).map(([room, may]) => ({
      from: { path: at(room) },
      to: { path: [room, ...may].map(at) },
    })),
    { from: { path: '^src/dialects/index[.]ts$' }, to: { path: '^src/dialects/' } },
    // The standard dialect is an API of our own, too.
    { from: { path: '^src/dialects/standard/' }, to: { path: '^src/contract/' } },
    {
      from: { path: '^src/config[.]ts$' },
      to: { path: ['^src/(lib|core|sending)/', at('outbox/table.ts')] },
    },
    { from: { path: '^(src/app/.*|src/main[.]ts|test/.*|.*[.]test[.]ts)$' }, to: {} },
    { from: { path: '^bench/' }, to: { path: '^(bench|src|test/support)/' } },
    // An example dialect may import what a dialect may; its client and its test may import the contract.
    {
      from: { path: '^examples/([^/]+)/dialect/' },
      to: { path: ['^examples/$1/dialect/', '^src/dialects/dialect[.]ts$', ...rooms.dialects.map(at)] },
    },
    { from: { path: '^examples/[^/]+/[^/]+[.]ts$' }, to: { path: '^(examples|test/contracts)/' } },
    { from: { path: '^scripts/' }, to: { path: '^(scripts|test/support)/|^src/lib/' } },
    // A package knows no other one. The command line calls the admin API as its users do.
    {
      from: { path: '^packages/([^/]+)/' },
      to: { path: ['^packages/$1/src/', at('contract')] },
    },
    { from: { path: '^src/cli/client[.]ts$' }, to: { path: '^packages/client/src/' } },
    // The pages: of the server they know the contract. A feature is made of components and knows no other feature.
    { from: { path: '^web/(app|portal)/' }, to: { path: ['^web/', at('contract')] } },
    {
      from: { path: '^web/features/([^/]+)/' },
      to: { path: ['^web/features/$1/', '^web/(components|lib)/', at('contract')] },
    },
    { from: { path: '^web/components/' }, to: { path: ['^web/(components|lib)/', at('contract')] } },
    { from: { path: '^web/lib/' }, to: { path: ['^web/lib/', at('contract')] } },
    { from: { path: '^web/[^/]+$' }, to: { path: '^web/build/' } },
    { from: {}, to: { pathNot: '^(src|web|packages|test|bench|examples|scripts)/' } },
  ],
  allowedSeverity: 'error',
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // The samples are programs of their own.
    exclude: { path: '(^|/)dist/|^examples/(publish|verify)/' },
  },
};
