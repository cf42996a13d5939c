import type { Probe } from './probes.js';
import type { StartLimits } from './wait-until-ready.js';

/** A program that the supervisor starts, keeps running, and ends. */
export interface ManagedProcess {
  name: string;
  command: string;
  args: readonly string[];
  /** Its own variables: secrets go here and never into `args`, which everybody on the machine can read. */
  env: Readonly<Record<string, string>>;
  /** Working directory; the supervisor's own when not given. */
  cwd?: string;
  port?: number;
  /** Ports that it listens on besides `port`. */
  alsoListensOn?: readonly number[];
  /** Where it is reached, without passwords. */
  url?: string;
  /** What it is for, where there is no address to show. */
  about?: string;
  /** Names of tasks that must be ready, or done, before it starts; it ends before they do. */
  dependsOn: readonly string[];
  ready: Probe;
  /** For how long it may take to be ready; see `usualLimits`. */
  limits?: StartLimits;
  /** Milliseconds it gets to end by itself after SIGTERM. */
  stopWithin?: number;
  /** Holds a pipe open as its standard input, whose end tells it that the supervisor is gone. */
  watchesSupervisor?: boolean;
}

/** Work that is done once during a start, e.g. creating schemas. */
export interface OneOffStep {
  name: string;
  dependsOn: readonly string[];
  /** More than one where what it talks to may die, and be started again, in the meantime. */
  attempts?: number;
  /** Must be idempotent: it runs at every start. Returns what it did, or undefined when nothing was left to do. */
  run: (signal: AbortSignal) => Promise<string | undefined>;
}

export type Task = ManagedProcess | OneOffStep;

export function isProcess(task: Task): task is ManagedProcess {
  return 'command' in task;
}
