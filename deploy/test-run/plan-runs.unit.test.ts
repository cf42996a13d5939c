import { describe, expect, it } from '@jest/globals';
import { needsServers, planRuns } from './plan-runs.js';

describe('what npm test runs', () => {
  it('is everything, checks included, without arguments', () => {
    expect(planRuns([])).toEqual({
      checks: true,
      projects: ['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults'],
      jestArgs: [],
    });
  });

  it('is what a path selects, in every project', () => {
    expect(planRuns(['platform/supervision'])).toMatchObject({
      checks: false,
      projects: ['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults'],
      jestArgs: ['platform/supervision'],
    });
  });

  it('is limited by --selectProjects, whose names end where a path begins', () => {
    expect(
      planRuns(['--verbose', '--selectProjects', 'integration', 'unit', 'sidecar', '-t', 'a gap']),
    ).toEqual({
      checks: false,
      projects: ['unit', 'integration'],
      jestArgs: ['--verbose', 'sidecar', '-t', 'a gap'],
    });
  });

  it('is refused when --selectProjects names none', () => {
    expect(() => planRuns(['--selectProjects', 'sidecar'])).toThrow(
      'needs one or more of unit, architecture',
    );
  });

  it('has servers where it needs them', () => {
    expect(planRuns([]).projects.filter(needsServers)).toEqual(['integration', 'e2e', 'parity', 'faults']);
  });
});
