import { escapeId } from 'mysql2';
import { bucketFunction, createFunction, type StoredFunction } from './bucket-function.js';
import { createTrigger, type GuardTrigger, triggerNames } from './guard-triggers.js';
import type { FoundGuard, FoundTrigger } from './read-guard.js';

/** `missing`: there is none. `changed`: it is not the one that is wanted. `overtaken`: another trigger runs behind it. */
export type TriggerState = 'in place' | 'missing' | 'changed' | 'overtaken';

/** A guarding trigger that is wanted, and what there is of it. */
export interface TriggerReport extends Omit<GuardTrigger, 'body'> {
  state: TriggerState;
  /** Those that stand for it now, the one in place first; none where it is missing. */
  found: readonly FoundTrigger[];
  /** Triggers of others that run behind it. */
  behind: readonly string[];
}

/** One statement, and what it does in words. */
export interface Statement {
  what: string;
  sql: string;
}

/** Texts are compared without regard to how lines are broken: servers keep them as they were sent, tools may not. */
const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** What there is of each trigger that is wanted. */
export function judgeTriggers(wanted: readonly GuardTrigger[], found: FoundGuard): TriggerReport[] {
  return wanted.map(({ body, ...trigger }) => {
    const names = triggerNames(trigger);
    const candidates = found.triggers.filter(({ name }) => names.includes(name));
    const fits = (one: FoundTrigger): boolean =>
      one.table === trigger.table &&
      one.event === trigger.event &&
      one.timing === trigger.timing &&
      plain(one.body) === plain(body);
    const behindOf = (one: FoundTrigger): string[] =>
      found.triggers
        .filter(
          (other) =>
            other.table === one.table &&
            other.event === one.event &&
            other.timing === one.timing &&
            other.place > one.place &&
            !names.includes(other.name),
        )
        .map(({ name }) => name);
    const sorted = candidates.toSorted(
      (one, other) =>
        Number(fits(other)) - Number(fits(one)) || behindOf(one).length - behindOf(other).length,
    );
    const [best] = sorted;
    const behind = best && fits(best) ? behindOf(best) : [];
    const state = !best ? 'missing' : !fits(best) ? 'changed' : behind.length > 0 ? 'overtaken' : 'in place';
    return { ...trigger, state, found: sorted, behind };
  });
}

/** How the function that computes buckets stands. `unreadable`: this account may not see its text. */
export function judgeFunction(
  wanted: StoredFunction,
  { functionBody }: FoundGuard,
): 'in place' | 'missing' | 'changed' | 'unreadable' {
  if (functionBody === undefined) return 'missing';
  if (functionBody === null) return 'unreadable';
  return plain(functionBody) === plain(wanted.body) ? 'in place' : 'changed';
}

/** The statements that bring the guard in place from whatever there is; none where it is already. */
export function planInstallation(
  capability: string,
  wanted: readonly GuardTrigger[],
  found: FoundGuard,
): Statement[] {
  const reports = judgeTriggers(wanted, found);
  return [
    ...planFunction(bucketFunction(capability), found),
    ...wanted.flatMap((trigger, index) => planTrigger(trigger, reports[index]!)),
  ];
}

function planFunction(wanted: StoredFunction, found: FoundGuard): Statement[] {
  const state = judgeFunction(wanted, found);
  if (state === 'in place') return [];
  const create = createFunction(wanted);
  if (state === 'missing') return [{ what: `create the function ${wanted.name}`, sql: create }];
  const what = `replace the function ${wanted.name}`;
  if (found.mariadb) return [{ what, sql: create.replace(/^CREATE/, 'CREATE OR REPLACE') }];
  return [
    { what: `${what}: drop it, writes fail until it is there again`, sql: dropFunction(wanted.name) },
    { what: `${what}: create it`, sql: create },
  ];
}

/** The new trigger is there before the old one goes: at no moment is the table without a guard. */
function planTrigger(trigger: GuardTrigger, { state, found }: TriggerReport): Statement[] {
  const at = `${trigger.timing} ${trigger.event} on ${trigger.table}`;
  const drop = ({ name }: FoundTrigger): Statement => ({
    what: `drop the trigger ${name}, which another one replaces`,
    sql: dropTrigger(name),
  });
  if (state === 'in place') return found.slice(1).map(drop);
  const names = triggerNames(trigger);
  const free = names.find((name) => !found.some((one) => one.name === name));
  const name = free ?? found.at(-1)!.name;
  const taken = free === undefined ? found.filter((one) => one.name === name) : [];
  return [
    ...taken.map(drop),
    { what: `create the trigger ${name} ${at}`, sql: createTrigger(trigger, name) },
    ...found.filter((one) => one.name !== name).map(drop),
  ];
}

/** The statements that take the guard away again; the program's own triggers stay. */
export function planRemoval(
  capability: string,
  wanted: readonly Pick<GuardTrigger, 'table' | 'event'>[],
  found: FoundGuard,
): Statement[] {
  const names = new Set(wanted.flatMap((trigger) => triggerNames(trigger)));
  const { name: functionName } = bucketFunction(capability);
  return [
    ...found.triggers
      .filter(({ name }) => names.has(name))
      .map(({ name }) => ({ what: `drop the trigger ${name}`, sql: dropTrigger(name) })),
    ...(found.functionBody === undefined
      ? []
      : [{ what: `drop the function ${functionName}`, sql: dropFunction(functionName) }]),
  ];
}

const dropTrigger = (name: string): string => `DROP TRIGGER ${escapeId(name, true)}`;
const dropFunction = (name: string): string => `DROP FUNCTION ${escapeId(name, true)}`;

/** Triggers of others on the guarded tables; they stay, and run before the guard. */
export function othersOf(wanted: readonly GuardTrigger[], found: FoundGuard): FoundTrigger[] {
  const ours = new Set(wanted.flatMap((trigger) => triggerNames(trigger)));
  return found.triggers.filter(({ name }) => !ours.has(name));
}
