import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What a figure was measured on, and when, in a line. */
export function machine(): string {
  const model = /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
  return `${new Date().toISOString().slice(0, 10)}, ${model}, ${cpus().length} cores, Node ${process.version}`;
}
