import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plantTree, type PlantedTree, type Violation } from './support/planted-tree.js';
import { root } from './support/repository.js';

/** A tree that breaks no rule, although it imports all that it may. */
const allowed: Record<string, string[]> = {
  'contracts/http/problem.ts': [],
  'contracts/shop/inventory.ts': ['../http/problem.js'],
  'contracts/strangler/move.ts': ['../http/problem.js'],
  'platform/http/answers.ts': ['#contracts/http/problem.js'],
  'platform/messaging/connect.ts': ['nats'],
  'legacy-monolith/main.ts': ['./modules/inventory/index.js', '#platform/http/answers.js'],
  'legacy-monolith/modules/inventory/index.ts': ['./stock.js'],
  'legacy-monolith/modules/inventory/stock.ts': ['#contracts/shop/inventory.js', 'node:fs'],
  'legacy-monolith/modules/orders/index.ts': ['../inventory/index.js'],
  'extracted/inventory/domain/stock.ts': ['./units.js', '#contracts/shop/inventory.js'],
  'extracted/inventory/domain/units.ts': [],
  'extracted/inventory/main.ts': ['./domain/stock.js', '../../migrations/schema/inventory/index.js'],
  'extracted/payments/main.ts': ['#platform/messaging/connect.js'],
  'migrations/schema/inventory/index.ts': [],
  'migrations/moves/inventory.ts': ['#contracts/strangler/move.js'],
  'sidecar/main.ts': ['#contracts/strangler/move.js', '#platform/messaging/connect.js'],
  'strangler-proxy/gateway/main.ts': ['#platform/messaging/connect.js'],
  'strangler-proxy/cli/main.ts': ['./shop-commands/import.js', '../gateway/main.js', '../compare/index.js'],
  'strangler-proxy/compare/index.ts': ['./analysis.js'],
  'strangler-proxy/compare/analysis.ts': ['node:crypto'],
  'strangler-proxy/cli/shop-commands/import.ts': ['../../../legacy-monolith/modules/orders/index.js'],
  'strangler-proxy/shop/openapi.ts': ['#contracts/shop/inventory.js'],
  'tests/look-behind.test.ts': ['../legacy-monolith/modules/inventory/stock.js', 'autocannon', 'nats'],
  'dist/contracts/shop/inventory.js': [],
  'dist/platform/http/answers.js': [],
};

/** Each line plants one violation: the rule that must catch it, the file that commits it, and what it imports. */
const forbidden: [rule: string, file: string, imported: string][] = [
  ['no-unresolved', 'deploy/a.ts', './nowhere.js'],
  ['no-unresolved', 'deploy/built-only.ts', '#platform/only/in-dist.js'],
  ['no-build-output', 'deploy/b.ts', '../dist/platform/http/answers.js'],
  ['no-test-code', 'deploy/c.ts', '../tests/look-behind.test.js'],
  ['no-development-packages', 'deploy/d.ts', 'autocannon'],
  ['no-unlisted-packages', 'deploy/e.ts', 'unlisted'],
  ['contracts-import-nothing-of-ours', 'contracts/http/a.ts', '#platform/http/answers.js'],
  ['shop-stays-in-its-contracts', 'contracts/strangler/a.ts', '../shop/inventory.js'],
  ['platform-imports-contracts-only', 'platform/http/a.ts', '../../migrations/moves/inventory.js'],
  ['platform-imports-contracts-only', 'platform/http/b.ts', '#contracts/shop/inventory.js'],
  ['services-stand-alone', 'extracted/payments/a.ts', '../inventory/domain/units.js'],
  ['services-stand-alone', 'extracted/payments/b.ts', '../../legacy-monolith/modules/orders/index.js'],
  ['services-stand-alone', 'extracted/payments/c.ts', '../../migrations/schema/inventory/index.js'],
  ['domain-is-pure', 'extracted/inventory/domain/a.ts', '#platform/http/answers.js'],
  ['domain-is-pure', 'extracted/inventory/domain/b.ts', 'node:fs'],
  ['monolith-modules-have-one-door', 'legacy-monolith/modules/orders/a.ts', '../inventory/stock.js'],
  ['monolith-modules-are-entered-by-their-door', 'legacy-monolith/a.ts', './modules/inventory/stock.js'],
  ['monolith-stands-alone', 'legacy-monolith/b.ts', '../extracted/payments/main.js'],
  ['proxy-knows-no-shop', 'strangler-proxy/console/a.ts', '#contracts/shop/inventory.js'],
  ['proxy-knows-no-shop', 'strangler-proxy/control/a.ts', '../shop/openapi.js'],
  ['proxy-knows-no-shop', 'strangler-proxy/cli/a.ts', '../../legacy-monolith/modules/orders/index.js'],
  ['shop-commands-have-one-door', 'strangler-proxy/cli/b.ts', './shop-commands/import.js'],
  ['gateway-stands-alone', 'strangler-proxy/gateway/a.ts', '../cli/system/config.js'],
  ['comparison-is-a-library', 'strangler-proxy/compare/a.ts', '../gateway/main.js'],
  ['comparison-is-a-library', 'strangler-proxy/compare/b.ts', '#platform/messaging/connect.js'],
  ['comparison-has-one-door', 'strangler-proxy/control/compare.ts', '../compare/analysis.js'],
  ['sidecar-knows-no-shop', 'sidecar/a.ts', '#contracts/shop/inventory.js'],
  ['sidecar-knows-no-shop', 'sidecar/b.ts', '../migrations/moves/inventory.js'],
  ['migrations-are-data', 'migrations/moves/a.ts', '#platform/http/answers.js'],
  ['nats-behind-the-platform', 'sidecar/c.ts', 'nats'],
];

describe('the boundaries between the parts', () => {
  let tree: PlantedTree;
  let found: Violation[];

  beforeAll(async () => {
    tree = plantTree();
    for (const [path, imports] of Object.entries(allowed)) tree.plant(path, ...imports);
    for (const [, file, imported] of forbidden) tree.plant(file, imported);
    tree.plant('strangler-proxy/cli/system/config.ts');
    tree.plant('dist/platform/only/in-dist.js');
    tree.plant('sidecar/cycle-one.ts', './cycle-other.js');
    tree.plant('sidecar/cycle-other.ts', './cycle-one.js');
    found = await tree.violations('.dependency-cruiser.mjs');
  });

  afterAll(() => tree.remove());

  it.each(forbidden)('are kept by %s: %s must not import %s', (rule, file) => {
    expect(found.filter(({ from }) => from === file).map((one) => one.rule)).toEqual([rule]);
  });

  it('are kept by no-cycles: two files must not import each other', () => {
    expect(found).toContainEqual(
      expect.objectContaining({ rule: 'no-cycles', from: 'sidecar/cycle-one.ts' }),
    );
  });

  it('leave alone what may be imported', () => {
    const innocent = Object.keys(allowed);
    expect(found.filter(({ from }) => innocent.includes(from))).toEqual([]);
  });

  it('are each proven by a planted violation', async () => {
    const { default: config } = (await import(`${root}.dependency-cruiser.mjs`)) as {
      default: { forbidden: { name: string }[] };
    };
    const proven = new Set(['no-cycles', ...forbidden.map(([rule]) => rule)]);
    expect(config.forbidden.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
  });
});

describe('folders', () => {
  const circles = async (files: Record<string, string[]>) => {
    const tree = plantTree();
    for (const [path, imports] of Object.entries(files)) tree.plant(path, ...imports);
    const found = await tree.violations('.dependency-cruiser.folders.mjs');
    tree.remove();
    return new Set(found.map(({ rule, from }) => `${rule}: ${from}`));
  };

  it('must not need each other, through different files either', async () => {
    const found = await circles({
      'sidecar/one/a.ts': ['../other/a.js'],
      'sidecar/one/b.ts': [],
      'sidecar/other/a.ts': ['./c.js'],
      'sidecar/other/b.ts': ['../one/b.js'],
      'sidecar/other/c.ts': [],
    });
    expect(found).toEqual(
      new Set(['no-circles-of-folders: sidecar/one', 'no-circles-of-folders: sidecar/other']),
    );
  });

  it('may need what lies in others, in tests both ways', async () => {
    const found = await circles({
      'sidecar/one/a.ts': ['../other/a.js'],
      'sidecar/other/a.ts': [],
      'sidecar/other/a.unit.test.ts': ['../one/a.js'],
      'sidecar/other/test/b.ts': ['../../one/a.js'],
    });
    expect(found).toEqual(new Set());
  });
});
