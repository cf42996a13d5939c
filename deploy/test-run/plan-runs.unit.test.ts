import { describe, expect, it } from '@jest/globals';
import { planRuns, type TestPlan } from './plan-runs.js';

describe('what npm test runs', () => {
  it('is everything, checks included, without arguments', () => {
    const plan = planRuns([]);
    expect(plan).toMatchObject({ checks: true, lanes: 2 });
    expect(projectsOf(plan)).toEqual(['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults']);
    expect(plan.withServers.map(({ name }) => name)).toContain('e2e');
  });

  it('leaves out no part of a project that is cut', () => {
    const cuts = planRuns([])
      .withServers.filter(({ project }) => project === 'integration')
      .flatMap(({ jestArgs }) => jestArgs);
    const count = cuts.length;
    expect(cuts).toEqual(Array.from({ length: count }, (_, n) => `--shard=${n + 1}/${count}`));
  });

  it('is what a path selects, in every project', () => {
    const plan = planRuns(['platform/supervision']);
    expect(plan).toMatchObject({ checks: false, lanes: 1 });
    expect(projectsOf(plan)).toEqual(['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults']);
    for (const { jestArgs } of [...plan.serverless, ...plan.withServers])
      expect(jestArgs).toEqual(['platform/supervision']);
  });

  it('is limited by --selectProjects, whose names end where a path begins', () => {
    const jestArgs = ['--verbose', 'sidecar', '-t', 'a gap'];
    expect(
      planRuns(['--verbose', '--selectProjects', 'integration', 'unit', 'sidecar', '-t', 'a gap']),
    ).toEqual({
      checks: false,
      lanes: 1,
      serverless: [{ name: 'unit', project: 'unit', jestArgs }],
      withServers: [{ name: 'integration', project: 'integration', jestArgs }],
    });
  });

  it('is refused when --selectProjects names none', () => {
    expect(() => planRuns(['--selectProjects', 'sidecar'])).toThrow(
      'needs one or more of unit, architecture',
    );
  });

  it('has servers where it needs them', () => {
    const { serverless, withServers } = planRuns(['-t', 'x']);
    expect(serverless.map(({ project }) => project)).toEqual(['unit', 'architecture']);
    expect(withServers.map(({ project }) => project)).toEqual(['integration', 'e2e', 'parity', 'faults']);
  });
});

/** In the order of jest's own configuration, each once. */
function projectsOf({ serverless, withServers }: TestPlan): string[] {
  const all = new Set([...serverless, ...withServers].map(({ project }) => project));
  return ['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults'].filter((name) =>
    all.has(name as never),
  );
}
