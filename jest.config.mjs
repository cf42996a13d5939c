/** One transform and one way of resolving for all projects: the sources, never the build. */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^#(contracts|platform)/(.*)\\.js$': '<rootDir>/$1/$2.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.data'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.data'],
};

/** `npm test` runs them in this order: what is quick to fail comes first. */
export default {
  // Ends what hangs, and nothing that is only slow: tests wait for conditions, and say what for before this is over.
  testTimeout: 1_500_000,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['**/*.unit.test.ts'] },
    { ...base, displayName: 'architecture', testMatch: ['<rootDir>/tests/architecture/**/*.test.ts'] },
    { ...base, displayName: 'integration', testMatch: ['**/*.integration.test.ts'] },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/tests/e2e/**/*.e2e.test.ts'] },
    { ...base, displayName: 'parity', testMatch: ['<rootDir>/tests/parity/**/*.parity.test.ts'] },
    { ...base, displayName: 'faults', testMatch: ['<rootDir>/tests/faults/**/*.faults.test.ts'] },
  ],
};
