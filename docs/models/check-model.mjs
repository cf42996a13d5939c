#!/usr/bin/env node
import { availableParallelism } from 'node:os';
import { missingPrograms, runSpin } from './run-spin.mjs';
import { runs } from './runs.mjs';

const usage = `Checks the model of the hand-over, and that every mutant of it is caught.

  node docs/models/check-model.mjs [NAME ...] [-DBOUND=N ...] [--story]

  NAME        only these runs: ${runs.map(({ name }) => name).join(', ')}
  -DBOUND=N   other bounds than the run's own: HANDOVERS (at most 3), WRITES, CRASHES, LOSSES, STOPS, REFILLS, STARTS
  --story     print each counter-example, a line a step

Ends with 0 when all is as it should be, 1 when a property does not hold or a mutant survives, 2 when it could not be checked.`;

process.exitCode = await main(process.argv.slice(2));

async function main(args) {
  if (args.includes('--help')) return say(usage, 0);
  const names = args.filter((arg) => !arg.startsWith('-'));
  const bounds = args.filter((arg) => arg.startsWith('-D'));
  const unknown = names.filter((name) => !runs.some((run) => run.name === name));
  if (unknown.length > 0) return say(`there is no run ${unknown.join(', ')}\n\n${usage}`, 2);
  const missing = await missingPrograms();
  if (missing.length > 0) return say(howToInstall(missing), 2);

  const began = Date.now();
  const chosen = runs
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((run) => ({ ...run, defines: merge(run.defines, bounds) }));
  const right = await checkAll(chosen, args.includes('--story'));
  const wrong = chosen.length - right;
  const result = wrong === 0 ? 'all as it should be' : `${wrong} NOT as they should be`;
  return say(`${chosen.length} runs in ${seconds(Date.now() - began)}: ${result}`, wrong === 0 ? 0 : 1);
}

/** Two at a time at most: a search may take 800 MB. @returns how many came out right */
async function checkAll(chosen, withStory) {
  const waiting = [...chosen];
  let right = 0;
  async function work() {
    for (let run = waiting.shift(); run; run = waiting.shift()) {
      const outcome = await runSpin(run, withStory);
      const asExpected = outcome.broken === run.breaks;
      if (asExpected) right += 1;
      say(describe(run, outcome, asExpected));
      if (outcome.story.length > 0) say(tell(outcome.story));
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return right;
}

function describe(run, { broken, states, depth, seconds: taken }, asExpected) {
  const wanted = asExpected ? '' : `, expected: ${verdict(run, run.breaks)}`;
  return [
    asExpected ? '✔' : '✖',
    run.name.padEnd(29),
    `${verdict(run, broken)}${wanted}`.padEnd(33),
    `${states.toLocaleString('en')} states`.padStart(17),
    `depth ${depth}`.padStart(10),
    seconds(taken * 1000).padStart(7),
    ` ${run.about}`,
  ].join(' ');
}

function verdict(run, broken) {
  if (run.breaks === 'not_reached') return broken === 'not_reached' ? 'is reached' : 'is NOT reached';
  if (broken) return `breaks ${broken}`;
  return run.breaks ? 'SURVIVES' : 'holds';
}

function tell(story) {
  return story.map((line, index) => `    ${String(index + 1).padStart(2)}. ${line}`).join('\n');
}

/** Later definitions of the same bound win; spin would warn of two. */
function merge(defines, bounds) {
  const nameOf = (define) => define.split('=')[0];
  const replaced = new Set(bounds.map(nameOf));
  return [...defines.filter((define) => !replaced.has(nameOf(define))), ...bounds];
}

function howToInstall(missing) {
  return (
    `The model can't be checked: ${missing.join(' and ')} not found. Install what is missing, then run this again.\n` +
    '  Debian, Ubuntu: sudo apt-get install -y spin gcc libc6-dev\n' +
    '  macOS:          brew install spin, and xcode-select --install for gcc'
  );
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** @returns the code, so that it can be said and returned at once */
function say(text, code) {
  console.log(text);
  return code;
}
