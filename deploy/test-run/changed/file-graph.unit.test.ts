import { describe, expect, it } from '@jest/globals';
import { fileGraph, withDependents } from './file-graph.js';

const repository: Record<string, string> = {
  'platform/clock.ts': 'export const now = 1;',
  'platform/timer.ts': "import { now } from '#platform/clock.js';",
  'shop/main.ts': "import './price.js';",
  'shop/price.ts': "import { now } from '../platform/timer.js';",
  'shop/price.unit.test.ts': "import { price } from './price.js';",
  'local/processes.ts': "export const all = [{ program: 'shop/main.js', config: 'shop/shop.yaml' }];",
  'tests/start.ts': "import { all } from '../local/processes.js'; run('dist/shop/main.js');",
  'tests/whole.e2e.test.ts': "import { start } from './start.js';",
  'tests/models.unit.test.ts': "const folder = new URL('../docs/models/', import.meta.url);",
  'tests/program.integration.test.ts': "start(new URL('../shop/main.ts', import.meta.url));",
  'shop/shop.yaml': 'a: b',
  'docs/models/rules.pml': '',
  'docs/page.md': '',
};
const files = Object.keys(repository);
const graph = fileGraph(files, (file) => repository[file] ?? '');
const testsOf = (...changed: string[]) =>
  [...withDependents(changed, graph)].filter((file) => file.endsWith('.test.ts')).sort();

describe('the suites that a change concerns', () => {
  it('are those that import the file, through any number of others', () => {
    expect(testsOf('platform/clock.ts')).toContain('shop/price.unit.test.ts');
  });

  it('are those that start the program as a process, from its source or from its build', () => {
    expect(testsOf('shop/main.ts')).toEqual(['tests/program.integration.test.ts', 'tests/whole.e2e.test.ts']);
  });

  it('are those that read the file, or a folder that it is in', () => {
    expect(testsOf('shop/shop.yaml')).toEqual(['tests/whole.e2e.test.ts']);
    expect(testsOf('docs/models/rules.pml')).toEqual(['tests/models.unit.test.ts']);
  });

  it('are the suite itself, and none for what nothing depends on', () => {
    expect(testsOf('shop/price.unit.test.ts')).toEqual(['shop/price.unit.test.ts']);
    expect(testsOf('docs/page.md')).toEqual([]);
  });
});
