import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const models = fileURLToPath(new URL('.', import.meta.url));

/** Most memory of one search in MiB, and most steps of one run: both far beyond what is needed. */
const mostMemory = 4096;
const mostSteps = 100_000;

/**
 * @typedef {object} Outcome
 * @property {string} [broken] the property that spin found broken, or what else it reports
 * @property {number} states
 * @property {number} depth steps of the longest run, or of the counter-example
 * @property {number} seconds
 * @property {string[]} story the counter-example, a line a step, if there is one and it is to be told
 */

/**
 * Compiles the model and searches all its states: depth first, or breadth first when a counter-example is expected,
 * since then it is the shortest one.
 * @param {import('./runs.mjs').Run} run
 * @param {boolean} withStory tell a counter-example also where it is the expected one
 * @returns {Promise<Outcome>}
 * @throws when spin or gcc fail, or when the search is not complete
 */
export async function runSpin(run, withStory) {
  const folder = await mkdtemp(join(tmpdir(), 'model-'));
  const model = join(models, run.model);
  const began = Date.now();
  try {
    await execute('spin', ['-a', ...run.defines, model], folder);
    await execute('gcc', [...compilerOptions(run), '-o', 'pan', 'pan.c'], folder);
    const report = await execute(
      join(folder, 'pan'),
      [`-m${mostSteps}`, '-w22', ...(run.endless ? ['-l'] : [])],
      folder,
    );
    const outcome = readReport(report);
    const isTold = outcome.broken && (withStory || outcome.broken !== run.breaks);
    const story = isTold ? await tellStory(run, folder) : [];
    return { ...outcome, story, seconds: (Date.now() - began) / 1000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What has few states, as a mutant has until it is found, takes longer to be compiled well than to be searched. */
function compilerOptions({ breaks, endless, isSmall }) {
  const memory = `-DMEMLIM=${mostMemory}`;
  if (breaks) return ['-O0', memory, '-DSAFETY', '-DBFS'];
  return [isSmall ? '-O0' : '-O2', memory, endless ? '-DNP' : '-DSAFETY'];
}

function readReport(report) {
  const error = /^pan:\d+: (.*)$/m.exec(report)?.[1];
  const property = /^assertion violated \((\w+)\|\|/.exec(error ?? '')?.[1];
  const broken = property ?? error;
  const incomplete = /max search depth too small|out of memory|Search not completed/.exec(report)?.[0];
  const states = /([\d.e+]+) states, stored/.exec(report)?.[1];
  if (!states || (incomplete && !broken)) throw new Error(`the search is not complete:\n${report}`);
  const depth = /\(at depth (\d+)\)/.exec(error ?? '')?.[1] ?? /depth reached (\d+)/.exec(report)?.[1];
  return { ...(broken ? { broken } : {}), states: Number(states), depth: Number(depth) };
}

/** What the model prints, step by step, on the way to what is broken. */
async function tellStory({ model, defines }, folder) {
  const trail = join(folder, `${model}.trail`);
  const replay = await execute('spin', ['-T', '-t', '-k', trail, ...defines, join(models, model)], folder);
  const end = replay.search(/^spin: /m);
  return replay
    .slice(0, end < 0 ? undefined : end)
    .trim()
    .split('\n');
}

async function execute(program, args, cwd) {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // spin ends with 1 after replaying a counter-example to its broken property.
  const replayed = args.includes('-t') && output.includes('text of failed assertion');
  if (code !== 0 && !replayed) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

/** @returns which of the programs that are needed can't be found */
export async function missingPrograms() {
  const programs = ['spin', 'gcc'];
  const found = await Promise.all(programs.map((program) => canRun(program)));
  return programs.filter((_, index) => !found[index]);
}

async function canRun(program) {
  try {
    await execute(program, [program === 'spin' ? '-V' : '--version'], tmpdir());
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}
