import { readFileSync } from 'node:fs';

/** What a long suite has done: a name for each kind of operation, and how many there were. */
export interface SuiteOperations {
  suite: string;
  operations: Readonly<Record<string, number>>;
}

/** Reads what suites have reported, one JSON object a line; empty when none has. */
export function readOperations(file: string): SuiteOperations[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SuiteOperations);
}

/** A line for each suite. */
export function describeOperations(all: readonly SuiteOperations[]): string {
  return all
    .map(({ suite, operations }) => {
      const counts = Object.entries(operations).map(([name, count]) => `${count} ${name}`);
      return `  ${suite}: ${counts.join(', ')}`;
    })
    .join('\n');
}
