import { type Answer, type Command, describeCommand } from './command.js';
import type { Difference } from './compare-answers.js';

/** Two answers to the same command, and what led there. */
export interface Disagreement {
  /** Names of the shops. */
  shops: readonly [expected: string, actual: string];
  /** All commands so far, in order; the last one was answered differently. */
  commands: readonly Command[];
  answers: readonly [expected: Answer, actual: Answer];
  differences: readonly Difference[];
}

/** Two shops have not answered alike. */
export class ParityFailure extends Error {
  constructor(disagreement: Disagreement) {
    super(describeDisagreement(disagreement));
    this.name = 'ParityFailure';
  }
}

const width = 66;

/** The commands, the fields that differ, and both answers side by side; lines that differ have a mark between them. */
export function describeDisagreement({ shops, commands, answers, differences }: Disagreement): string {
  const [expected, actual] = answers.map(linesOf) as [string[], string[]];
  return [
    `What ${shops[1]} answers is not what ${shops[0]} answers:`,
    ...commands.map((command, index) => `  ${index + 1}. ${describeCommand(command)}`),
    '',
    `Fields that differ (${shops[0]} → ${shops[1]}):`,
    ...differences.map(
      ({ field, ...values }) => `  ${field}: ${show(values.expected)} → ${show(values.actual)}`,
    ),
    '',
    row(shops[0], ' ', shops[1]),
    row('-'.repeat(width), ' ', '-'.repeat(width)),
    ...sideBySide(expected, actual),
  ].join('\n');
}

function linesOf({ status, headers, body }: Answer): string[] {
  const named = Object.entries(headers).sort(([one], [other]) => (one < other ? -1 : 1));
  const text = typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
  return [
    String(status),
    ...named.map(([name, value]) => `${name}: ${value}`),
    '',
    ...text.split('\n'),
  ].flatMap(broken);
}

/** A line in pieces that fit its column. */
function broken(line: string): string[] {
  if (line.length <= width) return [line];
  return [line.slice(0, width), ...broken(`    ${line.slice(width)}`)];
}

/** Lines that both have stand in one row, by their longest common subsequence. */
function sideBySide(one: readonly string[], other: readonly string[]): string[] {
  const common = commonLengths(one, other);
  const rows: string[] = [];
  let [left, right] = [0, 0];
  while (left < one.length || right < other.length) {
    if (left < one.length && right < other.length && one[left] === other[right]) {
      rows.push(row(one[left++] ?? '', ' ', other[right++] ?? ''));
    } else if (
      right >= other.length ||
      (left < one.length && common[left + 1]![right]! >= common[left]![right + 1]!)
    ) {
      rows.push(row(one[left++] ?? '', '<', ''));
    } else {
      rows.push(row('', '>', other[right++] ?? ''));
    }
  }
  return rows;
}

/** Length of the longest common subsequence of what is left from each place on. */
function commonLengths(one: readonly string[], other: readonly string[]): number[][] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let left = one.length - 1; left >= 0; left -= 1) {
    for (let right = other.length - 1; right >= 0; right -= 1) {
      const [below, beside] = [lengths[left + 1]!, lengths[left]!];
      beside[right] =
        one[left] === other[right] ? below[right + 1]! + 1 : Math.max(below[right]!, beside[right + 1]!);
    }
  }
  return lengths;
}

function row(left: string, mark: string, right: string): string {
  return `${left.padEnd(width)} ${mark} ${right}`.trimEnd();
}

function show(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}
