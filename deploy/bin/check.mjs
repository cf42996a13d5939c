#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

/** What must hold for every change, besides its tests. */
const checks = [
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['lint', 'eslint', '.'],
  ['format', 'prettier', '--check', '.'],
  ['boundaries', 'depcruise', '.'],
  ['unused code', 'knip', '--tsConfig', 'tsconfig.build.json'],
];

await prepare((line) => console.log(line));
const failed = checks.filter((check) => !holds(check)).map(([name]) => name);
console.log(failed.length === 0 ? 'all checks hold' : `checks that failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** All are run even when one fails: one look shows all there is to mend. */
function holds([name, program, ...args]) {
  const began = Date.now();
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/.bin', program), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(`${status === 0 ? '✔' : '✖'} ${name.padEnd(12)} ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return status === 0;
}
