import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './bounded-log.js';
import { killGroup, signal } from './end-process.js';
import { launchProcess } from './launch-process.js';
import type { ManagedProcess } from './managed-process.js';
import { processIdentity } from './process-identity.js';
import type { ProcessRecord, ProcessState } from './process-records.js';
import { decideRestart, failuresBeforeAlarm } from './restart-policy.js';
import { waitUntilReady } from './wait-until-ready.js';

/** A death that nobody asked for. */
export interface Death {
  name: string;
  /** e.g. `exit code 1`, `signal SIGKILL`. */
  how: string;
  /** Milliseconds until it is started again. */
  restartIn: number;
  log: string;
  /** Filled when it keeps dying. */
  lastLines: string[];
}

export interface ProcessEvents {
  /** The record has changed. */
  changed: () => void;
  died: (death: Death) => void;
  /** Ready again after a death; `took` in milliseconds. */
  back: (name: string, pid: number, took: number) => void;
  /** Something that a person should know, e.g. started again, but not ready in time. */
  warn: (message: string) => void;
}

export interface SupervisedProcess {
  record: Readonly<ProcessRecord>;
  /** Resolves when it is ready for the first time. @throws when it isn't in time, or keeps dying before */
  start: () => Promise<void>;
  /** Resolves when it and all that it started are gone. */
  stop: () => Promise<void>;
  /** Ends it and all that it started at once; for a second Ctrl-C. */
  kill: () => void;
}

/**
 * Keeps one program running: starts it, waits until it is ready, and starts it again when it dies, with growing pauses.
 * @param log file for its output
 */
export function superviseProcess(
  spec: ManagedProcess,
  log: string,
  events: ProcessEvents,
): SupervisedProcess {
  const { readyWithin = 60_000, stopWithin = 10_000 } = spec;
  const record = newRecord(spec, log);
  const stopping = new AbortController();
  const first = deferred();
  let wasReady = false;
  let lives: Promise<void> | undefined;

  function change(state: ProcessState): void {
    record.state = state;
    events.changed();
  }

  async function keepAlive(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const began = Date.now();
      const how = await live();
      if (stopping.signal.aborted) break;
      const decision = decideRestart(failures, Date.now() - began);
      failures = decision.failures;
      const keepsDying = failures >= failuresBeforeAlarm;
      if (keepsDying && !wasReady) {
        first.reject(cannotStart(spec.name, how, log));
        break;
      }
      change('waiting');
      const tail = keepsDying ? lastLines(log, linesShown) : [];
      events.died({ name: spec.name, how, restartIn: decision.delay, log, lastLines: tail });
      await sleep(decision.delay, undefined, { signal: stopping.signal }).catch(() => undefined);
      record.restarts += 1;
    }
    change('stopped');
    first.reject(new Error(`${spec.name} was stopped before it was ready`));
  }

  /** One life, from its start to its death. */
  async function live(): Promise<string> {
    const { pid, ended } = launchProcess(spec, log);
    identify(record, pid);
    change('starting');
    const dead = new AbortController();
    const watch = watchReadiness(dead.signal);
    const how = await ended;
    dead.abort();
    await watch;
    // Workers of its group that outlived it would hold its port.
    if (pid !== undefined) killGroup(pid);
    identify(record, undefined);
    return how;
  }

  async function watchReadiness(dead: AbortSignal): Promise<void> {
    const began = Date.now();
    while (!dead.aborted) {
      const reason = await waitUntilReady(spec.ready, readyWithin, dead).catch(
        (error: Error) => error.message,
      );
      if (dead.aborted || stopping.signal.aborted) return;
      if (reason === undefined) return becomeReady(Date.now() - began);
      if (wasReady) events.warn(`${spec.name} runs again, but is ${reason}. See ${log}`);
      else first.reject(cannotStart(spec.name, reason, log));
    }
  }

  function becomeReady(took: number): void {
    change('ready');
    if (wasReady) events.back(spec.name, record.pid ?? 0, took);
    wasReady = true;
    first.resolve();
  }

  function start(): Promise<void> {
    lives = keepAlive();
    return first.promise;
  }

  async function stop(): Promise<void> {
    stopping.abort();
    if (record.pid !== undefined) {
      change('stopping');
      signal(record.pid, 'SIGTERM');
      await Promise.race([lives, sleep(stopWithin, undefined, { ref: false })]);
    }
    kill();
    await lives;
  }

  function kill(): void {
    stopping.abort();
    if (record.pid !== undefined) killGroup(record.pid);
  }

  return { record, start, stop, kill };
}

/** Lines of its log that are shown when a process keeps dying. */
const linesShown = 8;

function newRecord({ name, command, args, port, url }: ManagedProcess, log: string): ProcessRecord {
  return {
    name,
    command: [command, ...args].join(' '),
    ...(port === undefined ? {} : { port }),
    ...(url === undefined ? {} : { url }),
    restarts: 0,
    state: 'waiting',
    log,
  };
}

function identify(record: ProcessRecord, pid: number | undefined): void {
  delete record.pid;
  delete record.identity;
  delete record.upSince;
  const identity = pid === undefined ? undefined : processIdentity(pid);
  if (pid === undefined || identity === undefined) return;
  Object.assign(record, { pid, identity, upSince: new Date().toISOString() });
}

function cannotStart(name: string, reason: string, log: string): Error {
  const tail = lastLines(log, linesShown).map((line) => `    ${line}`);
  return new Error([`${name} can't be started: ${reason}. Its log, ${log}, ends with:`, ...tail].join('\n'));
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (reason: Error) => void } {
  let [resolve, reject]: [() => void, (reason: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((done, failed) => {
    [resolve, reject] = [done, failed];
  });
  return { promise, resolve, reject };
}
