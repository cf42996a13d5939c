import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guarded } from '#platform/telemetry/guarded.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { boundLog } from './bounded-log.js';
import { explainFileError } from './explain-file-error.js';
import { isProcess, type ManagedProcess, type OneOffStep, type Task } from './managed-process.js';
import { processIdentity } from './process-identity.js';
import { writeProcessRecords } from './process-records.js';
import { type Death, SupervisedProcess } from './supervised-process.js';

/** What a person is told while the system starts, runs and ends. */
export interface SupervisorReport {
  /** A process is ready, or a step has done something; milliseconds it took, where it is reached or what was done. */
  done: (name: string, took: number, detail: string) => void;
  died: (death: Death) => void;
  back: (name: string, pid: number, took: number) => void;
  warn: (message: string) => void;
}

export interface Supervisor {
  /** Resolves when all tasks are ready. @throws the first failure, with what to look at; `stop` is still owed. */
  start: () => Promise<void>;
  /** Ends all processes, those that depend on others first. Resolves when nothing is left. */
  stop: () => Promise<void>;
  /** Ends all at once, in no order. */
  kill: () => void;
}

/** Milliseconds between two attempts of a step. */
const stepPause = 2_000;
/** Milliseconds between looks at the sizes of the logs. */
const boundLogsEvery = 5_000;

export interface SupervisorOptions {
  dataDir: string;
  /** Each listed after those that it depends on. */
  tasks: readonly Task[];
  report: SupervisorReport;
  /** Variables that every process gets on top of its own. */
  inherited: Readonly<Record<string, string>>;
}

/**
 * Starts tasks as soon as what they depend on is ready, keeps the processes among them running, and ends them in reverse.
 * Every change is in `<data-dir>/processes.json` before anything follows from it.
 * @throws when a task depends on one that isn't listed before it
 */
export function createSupervisor({ dataDir, tasks, report, inherited }: SupervisorOptions): Supervisor {
  checkOrder(tasks);
  const logs = join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const supervisor = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
  const stopping = new AbortController();
  let housekeeping: NodeJS.Timeout | undefined;

  function changed(): void {
    const record = { supervisor, processes: [...processes.values()].map((one) => one.record) };
    try {
      writeProcessRecords(dataDir, record);
    } catch (error) {
      // A full disk must not take the whole system down with it.
      report.warn(`the list of processes can't be written: ${explainFileError(error).message}`);
    }
  }

  function boundLogs(): void {
    for (const { record } of processes.values()) {
      try {
        boundLog(record.log);
      } catch (error) {
        // Nor must a log that can't be cut.
        report.warn(`a log can't be cut to its limit: ${explainFileError(error).message}`);
      }
    }
  }

  const processes = new Map(
    tasks.filter(isProcess).map((task) => {
      const spec = { ...task, env: { ...inherited, ...task.env } };
      const log = join(logs, `${task.name}.log`);
      return [task.name, new SupervisedProcess(spec, log, { ...report, changed })] as const;
    }),
  );

  async function startTask(task: Task): Promise<void> {
    stopping.signal.throwIfAborted();
    const began = Date.now();
    const detail = isProcess(task) ? await startProcess(task) : await runStep(task, report, stopping.signal);
    if (detail !== undefined) report.done(task.name, Date.now() - began, detail);
  }

  async function startProcess({ name, url, about }: ManagedProcess): Promise<string> {
    await processes.get(name)?.start();
    return url ?? about ?? '';
  }

  return {
    start: async () => {
      housekeeping = setInterval(guarded('bounding logs', boundLogs), boundLogsEvery);
      await inOrder(tasks, startTask);
    },
    stop: async () => {
      stopping.abort(new Error('the start was ended'));
      clearInterval(housekeeping);
      await inOrder(reversed(tasks), async ({ name }) => processes.get(name)?.stop());
    },
    kill: () => {
      stopping.abort(new Error('the start was ended'));
      for (const process of processes.values()) process.kill();
    },
  };
}

async function runStep(
  step: OneOffStep,
  report: SupervisorReport,
  ended: AbortSignal,
): Promise<string | undefined> {
  const { name, run, attempts = 1 } = step;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(ended);
    } catch (error) {
      if (attempt === attempts || ended.aborted) throw error;
      report.warn(`${name} is tried again: ${messageOf(error)}`);
      await sleep(stepPause, undefined, { signal: ended });
    }
  }
}

/** Does something with each task once it has been done with all those that the task depends on. */
async function inOrder(tasks: readonly Task[], act: (task: Task) => Promise<void>): Promise<void> {
  const acts = new Map<string, Promise<void>>();
  for (const task of tasks) {
    const before = Promise.all(task.dependsOn.flatMap((name) => acts.get(name) ?? []));
    acts.set(
      task.name,
      before.then(() => act(task)),
    );
  }
  await Promise.all(acts.values());
}

/** The same tasks for stopping: each now waits for those that depended on it. */
function reversed(tasks: readonly Task[]): Task[] {
  return tasks
    .map((task) => ({
      ...task,
      dependsOn: tasks.filter(({ dependsOn }) => dependsOn.includes(task.name)).map(({ name }) => name),
    }))
    .reverse();
}

function checkOrder(tasks: readonly Task[]): void {
  const listed = new Set<string>();
  for (const { name, dependsOn } of tasks) {
    const missing = dependsOn.find((other) => !listed.has(other));
    if (missing !== undefined)
      throw new Error(`${name} depends on ${missing}, which is not listed before it`);
    listed.add(name);
  }
}
