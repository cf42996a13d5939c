#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

/** What must hold for every change, besides its tests; what takes longest first. */
const checks = [
  ['lint', 'eslint', '.'],
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['format', 'prettier', '--check', '.'],
  ['boundaries', 'depcruise', '.'],
  ['folders', 'depcruise', '--config', '.dependency-cruiser.folders.mjs', '.'],
  ['unused code', 'knip', '--tsConfig', 'tsconfig.build.json'],
];
/** Each uses one core. */
const atOnce = 2;

await prepare((line) => console.log(line));
const failed = [];
const waiting = [...checks];
await Promise.all(Array.from({ length: atOnce }, takeTurns));
console.log(failed.length === 0 ? 'all checks hold' : `checks that failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** All are run even when one fails: one look shows all there is to mend. */
async function takeTurns() {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    if (!(await holds(check))) failed.push(check[0]);
  }
}

/** What a check prints is shown when it has ended, so that no two are mixed. */
async function holds([name, program, ...args]) {
  const began = Date.now();
  const child = spawn(process.execPath, [join(root, 'node_modules/.bin', program), ...args], { cwd: root });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
  const [status] = await once(child, 'close');
  process.stdout.write(printed);
  console.log(`${status === 0 ? '✔' : '✖'} ${name.padEnd(12)} ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return status === 0;
}
