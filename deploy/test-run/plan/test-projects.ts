/** The projects of `jest.config.mjs`, in the order in which they are run: what is quick to fail comes first. */
export const testProjects = ['unit', 'architecture', 'integration', 'e2e', 'parity', 'faults'] as const;

export type TestProject = (typeof testProjects)[number];
