import { describe, expect, it } from '@jest/globals';
import { Analysis, type Answer } from './index.js';
import { seededRandom } from './statistics/random.js';
import { hex, pick, type Random, shuffled, uuid } from './test/support/generated-shop.js';

const today = new Date('2026-11-29T00:00:00Z');

/** What noise makes of a field: another value of its kind. */
const kinds: readonly ((random: Random) => unknown)[] = [
  (random) => new Date(1.795e12 + Math.floor(random() * 1e7)).toISOString(),
  uuid,
  (random) => hex(random, 24),
  (random) => Math.floor(random() * 1_000),
  (random) => Math.floor(random() * 1e4) / 100,
  (random) => random() < 0.5,
  (random) => pick(['red', 'green', 'blue', null], random),
  (random) => shuffled(['a', 'b', 'c', 'd'], random),
  (random) => shuffled([{ id: 1 }, { id: 2 }, { id: 3 }], random),
  (random) => pick([undefined, 'there'], random),
  (random) => Math.round((random() + random() + random() - 1.5) * 100) / 10,
  (random) => pick([[], [1], [1, 2], [1, 2, 3]], random),
  (random) => `${pick(['https://a.example', 'https://b.example'], random)}/${hex(random, 6)}`,
  (random) => pick([1, '1', null], random),
  (random) => Math.exp(random() * 12),
];

/** A right service: every answer to a request is of the same making, and 40 of its fields differ by chance. */
function answersTo(request: number, rate: number, noise: Random): () => Answer {
  const fixed = seededRandom(request);
  const usual = Array.from({ length: 40 }, (_, at) => kinds[at % kinds.length]!(fixed));
  return () => {
    const body = Object.fromEntries(
      usual.map((value, at) => [`field${at}`, noise() < rate ? kinds[at % kinds.length]!(noise) : value]),
    );
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  };
}

interface Run {
  /** How often a field is noisy. */
  rate: number;
  comparisons: number;
  /** Share of them with an A/A sample. */
  again: number;
  seed: number;
}

function verdictOf({ rate, comparisons, again, seed }: Run): { verdict: string; found: string[] } {
  const noise = seededRandom(seed);
  const analysis = new Analysis({ today, seed });
  for (let index = 0; index < comparisons; index += 1) {
    const answer = answersTo(index, rate, noise);
    const [control, candidate] = [answer(), answer()];
    const isSample = noise() < again;
    const controlAgain = isSample ? { controlAgain: answer() } : {};
    analysis.add({ endpoint: 'GET /noisy', control, candidate, ...controlAgain });
  }
  const { endpoints } = analysis.report();
  const [{ verdict, fields }] = endpoints as [(typeof endpoints)[number]];
  return {
    verdict,
    found: fields.flatMap((one) => (one.verdict === 'differs' ? one.path + one.sentence : [])),
  };
}

/** How often each rate of noise is tried; `COMPARE_RUNS=10` makes ten times as many. */
const times = Number(process.env['COMPARE_RUNS'] ?? 1);
const rates = [0.02, 0.05, 0.12, 0.25, 0.5];
const plan: readonly [comparisons: number, rates: readonly number[], runs: number][] = [
  [20, rates, 8],
  [60, rates, 4],
  [200, rates, 2],
  [700, rates, 1],
  [5_000, [0.02], 1],
];

describe('a right candidate with 40 noisy fields', () => {
  it.each(plan)('is not accused after %i comparisons, at any rate of noise', (comparisons, tried, runs) => {
    const alarms: string[] = [];
    const verdicts = tried.flatMap((rate) =>
      Array.from({ length: runs * times }, (_, run) => {
        const seed = comparisons + rate * 100_000 + run;
        const { verdict, found } = verdictOf({ rate, comparisons, again: run % 2 === 0 ? 1 : 0.3, seed });
        alarms.push(...found.map((one) => `seed ${seed}, ${comparisons} at ${rate}: ${one}`));
        return verdict;
      }),
    );
    const count = (which: string) => verdicts.filter((verdict) => verdict === which).length;
    console.log(
      `${comparisons} comparisons: ${count('differs')} of ${verdicts.length} endpoints accused, ${count('undecided')} undecided`,
      alarms,
    );
    expect(count('differs') / verdicts.length).toBeLessThanOrEqual(0.01);
  });
});
