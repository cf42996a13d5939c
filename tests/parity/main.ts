import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const testCommand = fileURLToPath(new URL('../../deploy/bin/test.mjs', import.meta.url));

const usage = `Sends the same commands to the monolith alone and to a whole shop, in each state on the way out of the monolith,
and compares every answer. The long form of what "npm test" runs.

  npm run parity -- [options]

  --runs N    generated sequences of commands in each state (default 50)
  --seed N    chooses the commands (default: the time)`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else process.exitCode = await compare(values.runs, values.seed);

async function compare(runs: string, seed: string): Promise<number> {
  if (!/^[1-9]\d*$/.test(runs) || !/^\d+$/.test(seed)) {
    console.error('--runs and --seed take whole numbers; --help lists the options');
    return 2;
  }
  console.log(`seed ${seed}: ${runs} generated sequences in each state`);
  const child = spawn(process.execPath, [testCommand, '--selectProjects', 'parity'], {
    stdio: 'inherit',
    env: { ...process.env, PARITY_RUNS: runs, PARITY_SEED: seed },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
