import { parseArgs } from 'node:util';
import { Analysis, readInto } from '../../strangler-proxy/compare/index.js';
import { machine } from '../support/machine.js';
import { median } from '../support/quantile.js';
import { shapes, writeLines } from './write-lines.js';

const { values: options } = parseArgs({
  options: {
    comparisons: { type: 'string', default: '40000' },
    rounds: { type: 'string', default: '5' },
  },
});
const comparisons = Number(options.comparisons);
const chunkBytes = 1_048_576;

console.log(`\n${machine()}, ${comparisons} comparisons of bodies of 2 KiB, ${options.rounds} rounds\n`);
console.log(
  '| answers | bytes a line | µs of processor | comparisons/s on one core |\n| --- | --- | --- | --- |',
);
for (const [name, shape] of Object.entries(shapes)) {
  const file = writeLines(comparisons, shape);
  analyse(file);
  const each = Array.from({ length: Number(options.rounds) }, () => analyse(file) / comparisons);
  const microseconds = median(each);
  const perSecond = Math.round(1e6 / microseconds).toLocaleString('en');
  console.log(
    `| ${name} | ${Math.round(file.length / comparisons)} | ${microseconds.toFixed(1)} | ${perSecond} |`,
  );
}

/** @returns the processor time of reading and judging a file, in microseconds: what else runs here does not count */
function analyse(file: Buffer): number {
  const before = process.cpuUsage();
  const analysis = new Analysis({ today: new Date() });
  const reader = readInto(analysis);
  for (let at = 0; at < file.length; at += chunkBytes) reader.add(file.subarray(at, at + chunkBytes));
  reader.end();
  const { comparisons: compared } = analysis.report();
  if (compared !== comparisons) throw new Error(`${compared} of ${comparisons} were compared`);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
