import { beforeAll, describe, expect, it } from '@jest/globals';
import { Analysis } from './index.js';
import { seededRandom } from './statistics/random.js';
import { defects } from './test/support/defects.js';
import { answerTo, written } from './test/support/generated-shop.js';
import type { Report } from './verdict/report.js';

const today = new Date('2026-11-29T00:00:00Z');

/** What is rare takes more. */
function comparisonsFor(share: number): number {
  if (share === 0 || share > 0.2) return 150;
  if (share >= 0.05) return 350;
  return share >= 0.02 ? 700 : 5 / share;
}

/** One endpoint for each defect, and one without any. */
function analyse(seed: number): Report {
  const analysis = new Analysis({ today, seed });
  const noise = seededRandom(seed);
  for (const [place, { name, share, spoil }] of [
    ...defects,
    { name: 'no defect', share: 0, spoil: () => undefined },
  ].entries()) {
    const comparisons = comparisonsFor(share);
    for (let index = 0; index < comparisons; index += 1) {
      const request = place * 10_000 + index;
      const candidate = answerTo(request, noise);
      const isSpoilt = share > 0 && Math.floor((index + 1) * share) > Math.floor(index * share);
      if (isSpoilt) spoil(candidate, noise);
      analysis.add({
        endpoint: name,
        control: written(answerTo(request, noise)),
        candidate: written(candidate),
        controlAgain: written(answerTo(request, noise)),
      });
    }
  }
  return analysis.report();
}

describe('a wrong candidate', () => {
  let report: Report;

  beforeAll(() => {
    report = analyse(1);
  });

  it.each(defects.map(({ name, at }) => [name, at] as const))('is found out by %s', (name, at) => {
    const endpoint = report.endpoints.find((one) => one.endpoint === name)!;
    const found = endpoint.fields.filter(({ verdict }) => verdict === 'differs').map(({ path }) => path);
    expect({ verdict: endpoint.verdict, found: at.filter((path) => found.includes(path)) }).toEqual({
      verdict: 'differs',
      found: at,
    });
  });

  it('is not accused where it is right', () => {
    const { verdict, fields } = report.endpoints.find(({ endpoint }) => endpoint === 'no defect')!;
    expect({ verdict, found: fields.filter((field) => field.verdict !== 'noise') }).toEqual({
      verdict: 'alike',
      found: [],
    });
  });

  it('is not accused of anything else than what is wrong', () => {
    const others = report.endpoints.flatMap(({ endpoint, fields }) => {
      const { at } = defects.find(({ name }) => name === endpoint) ?? { at: [] };
      return fields
        .filter(({ path, verdict }) => verdict === 'differs' && !at.some((one) => path.startsWith(one)))
        .map(({ path, sentence }) => `${endpoint}: ${path}: ${sentence}`);
    });
    expect(others).toEqual([]);
  });
});
