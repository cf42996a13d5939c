/** What may import what. `tests/architecture/boundaries.architecture.test.ts` plants a violation of each rule. */

const ours =
  '^(bench|contracts|deploy|dist|docs|extracted|legacy-monolith|migrations|platform|sidecar|strangler-proxy|tests)/';

/** Tests may look behind every boundary. */
export const tests = ['\\.test\\.ts$', '/test/', '^tests/'];

/** All that is about the shop; who doesn't know the shop imports none of it. */
const shop = '^(contracts/shop|extracted|legacy-monolith|migrations/moves|strangler-proxy/shop)/';

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const production = (path, ...except) => ({ path, pathNot: [...tests, ...except] });

export default {
  forbidden: [
    forbid(
      'no-cycles',
      'Break the cycle: move what both need into a file of its own.',
      {},
      { circular: true },
    ),
    forbid('no-unresolved', 'The import leads nowhere.', {}, { couldNotResolve: true }),
    forbid(
      'no-build-output',
      'Import the source: what lies in dist is the build of an earlier moment, and no rule sees what it is.',
      {},
      { path: '^dist/' },
    ),
    forbid(
      'no-test-code',
      'What runs in production imports nothing that is there for tests.',
      { pathNot: tests },
      { path: tests },
    ),
    forbid(
      'no-development-packages',
      'What runs in production imports no package that is installed for development only.',
      { pathNot: [...tests, '^bench/', '\\.config\\.mjs$', '^\\.dependency-cruiser[a-z.]*\\.mjs$'] },
      { dependencyTypes: ['npm-dev'] },
    ),
    forbid(
      'no-unlisted-packages',
      'Every package that is imported stands in package.json.',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'contracts-import-nothing-of-ours',
      'Contracts are what others agree on: they depend on nobody.',
      production('^contracts/'),
      { path: ours, pathNot: '^contracts/' },
    ),
    forbid(
      'shop-stays-in-its-contracts',
      'The contracts of HTTP and of migration serve any system: they know no shop.',
      production('^contracts/(http|strangler)/'),
      { path: '^contracts/', pathNot: '^contracts/(http|strangler)/' },
    ),
    forbid(
      'platform-imports-contracts-only',
      'The platform serves all: it knows contracts, and of those none of the shop.',
      production('^platform/'),
      { path: ours, pathNot: '^(platform|contracts/(http|strangler))/' },
    ),
    forbid(
      'services-stand-alone',
      'A service talks to others over the network; it imports none of them, nor the monolith.',
      production('^extracted/([^/]+)/'),
      { path: ours, pathNot: ['^extracted/$1/', '^(contracts|platform)/', '^migrations/schema/$1/'] },
    ),
    forbid(
      'domain-is-pure',
      'Domain rules know themselves and contracts: no server, no package, no clock.',
      production('^(extracted/[^/]+/domain)/'),
      { pathNot: ['^$1/', '^contracts/'] },
    ),
    forbid(
      'monolith-modules-have-one-door',
      'A module of the monolith is entered by its index.ts: ask for what you need there.',
      production('^legacy-monolith/modules/([^/]+)/'),
      {
        path: '^legacy-monolith/modules/',
        pathNot: ['^legacy-monolith/modules/$1/', '^legacy-monolith/modules/[^/]+/index\\.ts$'],
      },
    ),
    forbid(
      'monolith-modules-are-entered-by-their-door',
      'A module of the monolith is entered by its index.ts: ask for what you need there.',
      { pathNot: ['^legacy-monolith/modules/', ...tests] },
      { path: '^legacy-monolith/modules/', pathNot: '^legacy-monolith/modules/[^/]+/index\\.ts$' },
    ),
    forbid(
      'monolith-stands-alone',
      'The monolith knows no service, no sidecar and no proxy: it could run without any of them.',
      production('^legacy-monolith/'),
      {
        path: ours,
        pathNot: ['^legacy-monolith/', '^(contracts|platform)/', '^migrations/schema/monolith/'],
      },
    ),
    forbid(
      'proxy-knows-no-shop',
      'The proxy serves any monolith: what is about the shop reaches it as configuration.',
      production('^strangler-proxy/', '^strangler-proxy/shop/', '^strangler-proxy/cli/shop-commands/'),
      { path: shop },
    ),
    forbid(
      'shop-commands-have-one-door',
      'Only main.ts of the command line knows that there are commands for the shop.',
      { pathNot: ['^strangler-proxy/cli/(main\\.ts$|shop-commands/)', ...tests] },
      { path: '^strangler-proxy/cli/shop-commands/' },
    ),
    forbid(
      'gateway-stands-alone',
      'The gateway is the hot path: of ours it imports contracts and the platform only.',
      production('^strangler-proxy/gateway/'),
      { path: ours, pathNot: '^(strangler-proxy/gateway|contracts|platform)/' },
    ),
    forbid(
      'comparison-is-a-library',
      'The comparison of answers is read by several programs: it imports none of them, and of the platform only what is not about a server.',
      production('^strangler-proxy/compare/'),
      {
        path: ours,
        pathNot:
          '^(strangler-proxy/compare/|platform/(errors/app-error|telemetry)|contracts/(http|strangler)/)',
      },
    ),
    forbid(
      'comparison-has-one-door',
      'The comparison of answers is entered by its index.ts.',
      { pathNot: ['^strangler-proxy/compare/', ...tests] },
      { path: '^strangler-proxy/compare/', pathNot: '^strangler-proxy/compare/index\\.ts$' },
    ),
    forbid(
      'sidecar-knows-no-shop',
      'The sidecar serves any program: its main.ts loads the moves that it is told to.',
      production('^sidecar/'),
      {
        path: ours,
        pathNot: ['^(sidecar|platform|contracts/(http|strangler))/', '^migrations/schema/sidecar/'],
      },
    ),
    forbid(
      'migrations-are-data',
      'Migrations and moves declare: they import contracts and the parts of the platform on databases and ownership.',
      production('^migrations/'),
      { path: ours, pathNot: '^(migrations|contracts|platform/(database|ownership|schema))/' },
    ),
    forbid(
      'nats-behind-the-platform',
      'NATS stands behind platform/messaging and platform/discovery, so that its client can be replaced there.',
      production('', '^platform/(messaging|discovery)/'),
      { path: '^node_modules/(nats|@nats-io)/' },
    ),
  ],
  options: {
    parser: 'swc',
    // Imports of what lies here are seen, and judged; what it imports itself is not looked at.
    doNotFollow: { path: ['^node_modules/', '^dist/'] },
    exclude: { path: ['^\\.data', '^coverage/'] },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
