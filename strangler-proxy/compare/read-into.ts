import type { Analysis } from './analysis.js';
import { readComparison } from './read/comparison.js';
import { LineSplitter } from './read/split-lines.js';

/**
 * Feeds the lines of a file to an analysis, chunk by chunk. What can't be compared is counted and named.
 * @param analysis takes the comparisons
 * @param maxLineBytes longest line that is read
 * @returns functions that return how many lines there were so far
 */
export function readInto(
  analysis: Pick<Analysis, 'add' | 'addProblem'>,
  maxLineBytes?: number,
): { add(chunk: Buffer): number; end(): number } {
  const splitter = new LineSplitter(maxLineBytes);
  let lines = 0;
  const take: Parameters<LineSplitter['add']>[1] = (line) => {
    lines += 1;
    if ('problem' in line) return analysis.addProblem(line.problem, line.number);
    const comparison = readComparison(line.text);
    if ('problem' in comparison) analysis.addProblem(comparison.problem, line.number);
    else analysis.add(comparison, line.number);
  };
  return {
    add: (chunk) => {
      splitter.add(chunk, take);
      return lines;
    },
    end: () => {
      splitter.end(take);
      return lines;
    },
  };
}
