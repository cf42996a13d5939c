import { type RunningProgram, startProgram } from '../../tests/support/start-program.js';

export type MonolithProcess = RunningProgram;

/** The monolith as a process of its own. */
export function startMonolithProcess(environment: Record<string, string>): Promise<MonolithProcess> {
  return startProgram(new URL('../main.ts', import.meta.url), environment);
}
