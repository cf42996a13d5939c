import { describe, expect, it } from '@jest/globals';
import { suitesAmong } from './list-suites.js';
import { planRuns, planSuites, type TestPlan } from './plan-runs.js';

const integration = Array.from({ length: 30 }, (_, n) => `part/test/${n}.integration.test.ts`);
const suites = suitesAmong([
  ...integration,
  'a.unit.test.ts',
  'tests/architecture/b.architecture.test.ts',
  'tests/e2e/c.e2e.test.ts',
  'tests/parity/d.parity.test.ts',
  'tests/faults/e.faults.test.ts',
  'tests/faults/f.faults.test.ts',
]);
const plan = (args: string[] = [], cores = 2) => planRuns(args, suites, cores);

describe('what npm test runs', () => {
  it('is everything, checks included, without arguments', () => {
    expect(plan()).toMatchObject({ whole: true, lanes: 5, shopsAtOnce: 1 });
    expect(projectsOf(plan())).toEqual(['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults']);
  });

  it('is each suite with servers, once', () => {
    const files = plan().withServers.flatMap(({ jestArgs: [, ...paths] }) => paths);
    const { unit: _unit, architecture: _architecture, ...others } = suites;
    expect(files.sort()).toEqual(Object.values(others).flat().sort());
  });

  it('begins with the suites that start shops, each a run of its own', () => {
    const shops = plan().withServers.filter(({ startsShop }) => startsShop);
    expect(plan().withServers.slice(0, shops.length)).toEqual(shops);
    expect(shops.map(({ name }) => name)).toEqual(['parity d', 'e2e c', 'faults e', 'faults f']);
  });

  it('has more shops at once where there are more cores, and a bounded number of lanes', () => {
    expect(plan([], 4)).toMatchObject({ lanes: 6, shopsAtOnce: 2 });
    expect(plan([], 1)).toMatchObject({ lanes: 5, shopsAtOnce: 1 });
    expect(plan([], 64).lanes).toBe(6);
  });

  it('is what a path selects, in every project', () => {
    const part = plan(['platform/supervision']);
    expect(part).toMatchObject({ whole: false, lanes: 1 });
    expect(projectsOf(part)).toEqual(['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults']);
    for (const { jestArgs } of [...part.serverless, ...part.withServers])
      expect(jestArgs).toEqual(['platform/supervision']);
  });

  it('is limited by --selectProjects, whose names end where a path begins', () => {
    const jestArgs = ['--verbose', 'sidecar', '-t', 'a gap'];
    const words = ['--verbose', '--selectProjects', 'integration', 'unit', 'sidecar', '-t', 'a gap'];
    expect(plan(words)).toMatchObject({
      serverless: [{ name: 'unit', project: 'unit', jestArgs }],
      withServers: [{ name: 'integration', project: 'integration', jestArgs }],
    });
  });

  it('is refused when --selectProjects names none', () => {
    expect(() => plan(['--selectProjects', 'sidecar'])).toThrow('needs one or more of unit, architecture');
  });

  it('has servers where it needs them', () => {
    const { serverless, withServers } = plan(['-t', 'x']);
    expect(serverless.map(({ project }) => project)).toEqual(['unit', 'architecture']);
    expect(withServers.map(({ project }) => project)).toEqual(['integration', 'e2e', 'parity', 'faults']);
  });

  it('can be just some suites', () => {
    const some = planSuites(suitesAmong(['a.unit.test.ts', 'tests/e2e/c.e2e.test.ts']));
    expect(some.serverless).toMatchObject([{ jestArgs: ['--runTestsByPath', 'a.unit.test.ts'] }]);
    expect(some.withServers).toMatchObject([{ jestArgs: ['--runTestsByPath', 'tests/e2e/c.e2e.test.ts'] }]);
  });
});

/** In the order of jest's own configuration, each once. */
function projectsOf({ serverless, withServers }: TestPlan): string[] {
  const all = new Set([...serverless, ...withServers].map(({ project }) => project));
  return ['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults'].filter((name) =>
    all.has(name as never),
  );
}
