import files, { tests } from './.dependency-cruiser.mjs';

/**
 * The rule on folders. Tests stand beside what they test and look behind every boundary, so it is asked without them, in a run
 * of its own.
 */
export default {
  forbidden: [
    {
      name: 'no-circles-of-folders',
      comment: 'Folders must not need each other: move what both need into a folder of its own.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    ...files.options,
    exclude: { path: [...files.options.exclude.path, ...tests, '^(bench|dist)/'] },
  },
};
