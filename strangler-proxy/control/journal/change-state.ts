import type { Transaction } from 'sequelize';
import { type Leader, write } from '../fence/fence.js';
import { type CapabilityState, readState } from './read-journal.js';
import { sqlInstant } from '../fence/sql-instant.js';
import { AppError } from '#platform/errors/app-error.js';
import { type NewEntry, appendEntry } from '../audit/append-entry.js';

/** What may be changed of a capability's state. */
export interface StateChange {
  wantedPercent?: number | null;
  rollingBack?: boolean;
  paused?: { by: string; reason: string } | null;
  stoppedReason?: string | null;
  failures?: number;
  nextTryAt?: Date | null;
}

/** Who changes it and why, for the audit; and the version that they have seen. */
export interface Mutation extends Pick<NewEntry, 'who' | 'onBehalfOf' | 'action' | 'reason'> {
  /** Undefined takes any: for what the control plane itself decides. */
  expectedVersion: number | undefined;
  /** A person asks for it: it gets a version and a line in the audit even where all is so already. */
  asked?: boolean;
  /** It says what is to be reached: a share that somebody else is still setting is overtaken. */
  setsGoal?: boolean;
  /** Called while nobody else can change the capability: throws when this change is not allowed. */
  check?: ((transaction: Transaction, before: CapabilityState) => Promise<void>) | undefined;
}

/**
 * Changes what is wanted or allowed, and audits it in the same transaction.
 * @throws AppError `version_mismatch` when somebody else has changed it since, `deposed`
 */
export function changeState(
  leader: Leader,
  capability: string,
  change: StateChange,
  mutation: Mutation,
): Promise<CapabilityState> {
  return write(leader, (transaction) => changeStateIn(leader, transaction, capability, change, mutation));
}

/** The same in a transaction that changes more. */
export async function changeStateIn(
  leader: Leader,
  transaction: Transaction,
  capability: string,
  change: StateChange,
  mutation: Mutation,
): Promise<CapabilityState> {
  const before = await lockState(leader, capability, transaction);
  const {
    expectedVersion,
    asked = false,
    setsGoal = false,
    who,
    onBehalfOf = null,
    action,
    reason,
  } = mutation;
  if (expectedVersion !== undefined && expectedVersion !== before.version)
    throw new AppError(
      'version_mismatch',
      `${capability} is at version ${before.version}, not ${expectedVersion}: somebody has changed it. Look at it again and repeat the change`,
    );
  await mutation.check?.(transaction, before);
  const after = applied(before, change, leader.clock.now());
  if (setsGoal) after.goalVersion = after.version;
  if (expectedVersion === undefined && !asked && isSame(before, after)) return before;
  await store(leader, after, transaction);
  await appendEntry(
    leader.database,
    {
      ...{ who, onBehalfOf, action, capability, outcome: 'done', reason },
      before: audited(before),
      after: audited(after),
    },
    transaction,
  );
  return after;
}

/** Counts a hand-over that was given up, or forgets those that were once one is done; nobody's decision, so no audit. */
export function noteFailures(
  leader: Leader,
  capability: string,
  failures: number,
  nextTryAt: Date | null,
): Promise<void> {
  return write(leader, async (transaction) => {
    const before = await lockState(leader, capability, transaction);
    await store(leader, { ...before, failures, nextTryAt }, transaction);
  });
}

/** Whoever holds this decides alone what becomes of the capability, until the transaction ends. */
export async function lockState(
  { database }: Leader,
  capability: string,
  transaction: Transaction,
): Promise<CapabilityState> {
  await database.query(
    'INSERT IGNORE INTO capability_state (capability, version, run, rolling_back, failures) VALUES (?, 0, 0, 0, 0)',
    { replacements: [capability], transaction },
  );
  await database.query('SELECT version FROM capability_state WHERE capability = ? FOR UPDATE', {
    replacements: [capability],
    transaction,
  });
  return readState(database, capability, transaction);
}

/** Two who notice the same change of a flag write it down once. */
function isSame(before: CapabilityState, after: CapabilityState): boolean {
  return JSON.stringify({ ...before, version: 0 }) === JSON.stringify({ ...after, version: 0 });
}

/** What is to be reached; a roll-back that the flag has followed leaves it as it was. */
function goalOf({ rollingBack, wantedPercent }: CapabilityState): number | null {
  return rollingBack ? 0 : wantedPercent;
}

/** A change of what is wanted begins a new run: its first hand-over is a small one again. */
function applied(before: CapabilityState, change: StateChange, now: Date): CapabilityState {
  const after: CapabilityState = {
    ...before,
    ...change,
    version: before.version + 1,
    paused: change.paused === undefined ? before.paused : change.paused && { ...change.paused, at: now },
  };
  return goalOf(after) !== goalOf(before)
    ? { ...after, run: before.run + 1, failures: 0, nextTryAt: null }
    : after;
}

function store({ database }: Leader, state: CapabilityState, transaction: Transaction): Promise<unknown> {
  return database.query(
    `UPDATE capability_state SET version = ?, goal_version = ?, wanted_percent = ?, run = ?, rolling_back = ?, paused_at = ?,
       paused_by = ?, paused_reason = ?, stopped_reason = ?, failures = ?, next_try_at = ? WHERE capability = ?`,
    {
      replacements: [
        state.version,
        state.goalVersion,
        state.wantedPercent,
        state.run,
        state.rollingBack ? 1 : 0,
        state.paused ? sqlInstant(state.paused.at) : null,
        state.paused?.by ?? null,
        state.paused?.reason ?? null,
        state.stoppedReason,
        state.failures,
        state.nextTryAt && sqlInstant(state.nextTryAt),
        state.capability,
      ],
      transaction,
    },
  );
}

function audited({ version, wantedPercent, rollingBack, paused, stoppedReason }: CapabilityState): object {
  return { version, wantedPercent, rollingBack, paused: paused?.reason ?? null, stopped: stoppedReason };
}
