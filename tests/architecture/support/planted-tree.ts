import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readRepositoryFile, root } from './repository.js';

/** One import, or circle of folders, that a rule has found to be wrong. */
export interface Violation {
  rule: string;
  from: string;
  to: string;
}

/** A small tree of files that is judged by the repository's own rules. */
export interface PlantedTree {
  plant(path: string, ...imports: string[]): void;
  /** @param rules file at the top of the repository */
  violations(rules: string): Promise<Violation[]>;
  remove(): void;
}

export function plantTree(): PlantedTree {
  const folder = mkdtempSync(join(tmpdir(), 'planted-tree-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const { imports } = JSON.parse(readRepositoryFile('package.json')) as { imports: unknown };
  write(
    'package.json',
    JSON.stringify({
      name: 'planted',
      type: 'module',
      imports,
      dependencies: { nats: '1.0.0' },
      devDependencies: { autocannon: '1.0.0' },
    }),
  );
  for (const name of ['nats', 'autocannon', 'unlisted']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};');
  }
  return {
    plant: (path, ...modules) =>
      write(
        path,
        [
          ...modules.map((name, at) => `import * as it${at} from '${name}';`),
          'export const here = 1;',
          '',
        ].join('\n'),
      ),
    violations: (rules) => cruise(folder, rules),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Report {
  summary: { violations: { from: string; to: string; rule: { name: string } }[] };
}

async function cruise(folder: string, rules: string): Promise<Violation[]> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, rules);
  const args = [program, '--config', config, '--output-type', 'json', '.'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 50_000_000 }, (error, stdout, stderr) => {
      // It ends with the number of violations; without a report it could not run at all.
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
  const { summary } = JSON.parse(output) as Report;
  return summary.violations.map(({ from, to, rule }) => ({ rule: rule.name, from, to }));
}
