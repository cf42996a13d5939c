import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '#platform/telemetry/message-of.js';
import { answeredByItself, findConflict } from './answered-by-itself.js';
import { lastLines } from './bounded-log.js';
import { killGroup, signal } from './end-process.js';
import { launchProcess } from './launch-process.js';
import type { ManagedProcess } from './managed-process.js';
import { processIdentity } from './process-identity.js';
import type { ProcessRecord, ProcessState } from './process-records.js';
import { processorTimeOf } from './processor-time.js';
import { decideRestart, failuresBeforeAlarm } from './restart-policy.js';
import { type StartLimits, waitUntilReady } from './wait-until-ready.js';

/** A first start on a slow machine beside other work takes minutes, and is worth waiting for while it goes on. */
const usualLimits: StartLimits = { idleFor: 120_000, atMost: 30 * 60_000 };

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

/**
 * Keeps one program running: starts it, waits until it is ready, and starts it again when it dies, with growing pauses.
 */
export class SupervisedProcess {
  readonly record: ProcessRecord;
  readonly #spec: ManagedProcess;
  readonly #events: ProcessEvents;
  readonly #stopping = new AbortController();
  readonly #first = deferred();
  #wasReady = false;
  /** Process group of its latest life. */
  #group: number | undefined;
  #lives: Promise<void> | undefined;

  /** @param log file for its output */
  constructor(spec: ManagedProcess, log: string, events: ProcessEvents) {
    this.#spec = spec;
    this.#events = events;
    this.record = newRecord(spec, log);
  }

  /** Resolves when it is ready for the first time. @throws when it isn't in time, or keeps dying before */
  start(): Promise<void> {
    this.#lives = this.#keepAlive();
    return this.#first.promise;
  }

  /** Resolves when it and all that it started are gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.record.pid !== undefined) {
      this.#change('stopping');
      signal(this.record.pid, 'SIGTERM');
      await Promise.race([this.#lives, sleep(this.#spec.stopWithin ?? 10_000, undefined, { ref: false })]);
    }
    this.kill();
    await this.#lives;
  }

  /** Ends it and all that it started at once; for a second Ctrl-C. */
  kill(): void {
    this.#stopping.abort();
    if (this.record.pid !== undefined) killGroup(this.record.pid);
  }

  async #keepAlive(): Promise<void> {
    let failures = 0;
    while (!this.#isStopping()) {
      const began = Date.now();
      const how = await this.#live();
      if (this.#isStopping()) break;
      const decision = decideRestart(failures, Date.now() - began);
      failures = decision.failures;
      const keepsDying = failures >= failuresBeforeAlarm;
      const why = keepsDying ? await this.#explain(how) : how;
      if (keepsDying && !this.#wasReady) {
        this.#first.reject(this.#cannotStart(why));
        break;
      }
      this.#tellDeath(why, decision.delay, keepsDying);
      await sleep(decision.delay, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      this.record.restarts += 1;
    }
    this.#change('stopped');
    this.#first.reject(new Error(`${this.#spec.name} was stopped before it was ready`));
  }

  /** One life, from its start to its death. */
  async #live(): Promise<string> {
    const { pid, ended } = launchProcess(this.#spec, this.record.log);
    identify(this.record, pid);
    this.#group = pid;
    this.#change('starting');
    const dead = new AbortController();
    const watch = pid === undefined ? undefined : this.#watchReadiness(pid, dead.signal);
    const how = await ended;
    dead.abort();
    await watch;
    // Workers of its group that outlived it would hold its port.
    if (pid !== undefined) killGroup(pid);
    identify(this.record, undefined);
    return how;
  }

  async #watchReadiness(pid: number, dead: AbortSignal): Promise<void> {
    const { limits = usualLimits, name } = this.#spec;
    const ready = answeredByItself(this.#spec, pid);
    const began = Date.now();
    const isOver = () => dead.aborted || this.#isStopping();
    while (!isOver()) {
      const reason = await waitUntilReady(ready, limits, () => processorTimeOf(pid), dead).catch(messageOf);
      if (isOver()) return;
      if (reason === undefined) {
        this.#becomeReady(Date.now() - began);
        return;
      }
      if (this.#wasReady) this.#events.warn(`${name} runs again, but is ${reason}. See ${this.record.log}`);
      else this.#first.reject(this.#cannotStart(reason));
    }
  }

  #becomeReady(took: number): void {
    this.#change('ready');
    if (this.#wasReady) this.#events.back(this.#spec.name, this.record.pid ?? 0, took);
    this.#wasReady = true;
    this.#first.resolve();
  }

  /** Adds to how it died that its port is not its own, if so. */
  async #explain(how: string): Promise<string> {
    const conflict = await findConflict(this.#spec, this.#group);
    return conflict === undefined ? how : `${how}; ${conflict}`;
  }

  #tellDeath(how: string, restartIn: number, keepsDying: boolean): void {
    const { log } = this.record;
    this.#change('waiting');
    const tail = keepsDying ? lastLines(log, linesShown) : [];
    this.#events.died({ name: this.#spec.name, how, restartIn, log, lastLines: tail });
  }

  #cannotStart(reason: string): Error {
    const { name, log } = this.record;
    const tail = lastLines(log, linesShown).map((line) => `    ${line}`);
    const what = [`${name} can't be started: ${reason}. Its log, ${log}, ends with:`, ...tail];
    return new Error(what.join('\n'));
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #change(state: ProcessState): void {
    this.record.state = state;
    this.#events.changed();
  }
}

/** Lines of its log that are shown when a process keeps dying. */
const linesShown = 12;

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

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (reason: Error) => void } {
  let [resolve, reject]: [() => void, (reason: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((done, failed) => {
    [resolve, reject] = [done, failed];
  });
  return { promise, resolve, reject };
}
