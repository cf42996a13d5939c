import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

const models = fileURLToPath(new URL('../../docs/models/', import.meta.url));
const read = (file: string): string => readFileSync(join(models, file), 'utf8');

/** Models of what stands beside the hand-over, each with its own rules. */
const smallModels = ['source-goes-back.pml', 'backfill.pml', 'intent.pml', 'abandon.pml']
  .map(read)
  .join('\n');

/** Every macro that breaks a rule, and everything that has to be reachable, as the models themselves have them. */
const mutants = new Set(namesIn(read('rules.pml') + smallModels, /^#ifdef (?!REACH_)([A-Z_]+)$/gm));
const reachable = new Set(namesIn(read('hand-over.pml') + smallModels, /^#ifdef (REACH_[A-Z_]+)$/gm));
const searches = [
  'failures',
  'writes',
  'hand-overs',
  'stops',
  'backfill',
  'backfill-loss',
  'gateways',
  'end',
  'source-goes-back',
  'tables',
  'intent',
  'abandon',
];

/** A search takes seconds; on a machine that does a lot besides it takes minutes. */
const patience = 15 * 60_000;

describe('the models of the hand-over', () => {
  let all: Checked;

  beforeAll(async () => {
    all = await checkModel([]);
    if (all.code === 2) throw new Error(all.output);
  }, patience);

  it.each(searches)('keep all their properties in the search "%s"', (name) => {
    expect(lineOf(name, all.output)).toMatch(/^✔ .* holds /);
  });

  it.each([...reachable])('can come to %s', (name) => {
    expect(lineOf(name, all.output)).toMatch(/^✔ .* is reached /);
  });

  it.each([...mutants])('break a property when a rule is broken by %s', (name) => {
    expect(lineOf(name, all.output)).toMatch(/^✔ .* breaks (?!bounds_suffice)\w+ /);
  });

  it('pass as a whole', () => {
    expect(all).toMatchObject({ code: 0 });
  });

  it('are described with every mutant and the property that shows it', () => {
    const readme = read('README.md');
    const broken = [...mutants].map((name) => [name, /breaks (\w+)/.exec(lineOf(name, all.output))?.[1]]);
    for (const [name, property] of broken) {
      expect(readme).toMatch(new RegExp(`^\\| \`${name}\` .*\`${property}\``, 'm'));
    }
  });
});

describe('the check of the model', () => {
  it(
    'fails, and says so, when a mutant survives',
    async () => {
      const { code, output } = await checkModel(['NO_GAP_CHECK', '-DLOSSES=0', '-DCRASHES=0']);
      expect(lineOf('NO_GAP_CHECK', output)).toMatch(/^✖ .* SURVIVES, expected: breaks /);
      expect(code).toBe(1);
    },
    patience,
  );

  it(
    'fails, and shows the way there, when a property of the model does not hold',
    async () => {
      const { code, output } = await checkModel(['failures', '-DGRANT_IGNORES_VETO']);
      expect(lineOf('failures', output)).toMatch(/^✖ .* breaks never_two_owners, expected: holds/);
      expect(output).toMatch(/\d+\. \w+: grant, epoch \d/);
      expect(code).toBe(1);
    },
    patience,
  );

  it('tells what to install when spin is missing', async () => {
    const nothing = mkdtempSync(join(tmpdir(), 'no-programs-'));
    try {
      const { code, output } = await checkModel(['failures'], { PATH: nothing });
      expect(output).toContain('sudo apt-get install -y spin gcc');
      expect(code).toBe(2);
    } finally {
      rmSync(nothing, { recursive: true });
    }
  });

  it('refuses a run that it does not know', async () => {
    const { code, output } = await checkModel(['NO_SUCH_RULE']);
    expect(output).toContain('there is no run NO_SUCH_RULE');
    expect(code).toBe(2);
  });
});

interface Checked {
  code: number;
  output: string;
}

function checkModel(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Checked> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(models, 'check-model.mjs'), ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      },
    );
  });
}

function lineOf(name: string, output: string): string {
  return (
    output.split('\n').find((line) => line.split(/\s+/)[1] === name) ?? `nothing about ${name} in:\n${output}`
  );
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
