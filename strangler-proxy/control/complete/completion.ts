import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { z } from 'zod';
import { type CompletionState, completionStates } from '#contracts/strangler/completion.js';
import { AppError } from '#platform/errors/app-error.js';
import { appendEntry } from '../audit/append-entry.js';
import { changeStateIn, type Mutation } from '../journal/change-state.js';
import { type Leader, write } from '../fence/fence.js';
import { readOpen } from '../journal/read-journal.js';
import { sqlInstant } from '../fence/sql-instant.js';

/** The retirement of the monolith's part of one capability, as the journal holds it. */
export interface Completion {
  capability: string;
  state: CompletionState;
  begunBy: string;
  reason: string;
  /** What the step in progress waits for; null while nothing is known to be in the way. */
  problem: string | null;
  begunAt: Date;
  changedAt: Date;
}

/** Who decides something about it, for the audit. */
export interface Decision {
  who: string;
  /** The person for whom the caller claims to decide. */
  onBehalfOf?: string | null;
  action: string;
  reason: string | null;
}

/** From these it can be undone; after them there is only forward. */
const undoable: readonly CompletionState[] = ['comparing', 'leaving', 'closing', 'checking'];

/** The only ways in which it goes on. */
const follow: Record<CompletionState, readonly CompletionState[]> = {
  comparing: ['leaving', 'undoing'],
  leaving: ['closing', 'undoing'],
  closing: ['checking', 'undoing'],
  checking: ['ending', 'undoing'],
  ending: ['retiring'],
  retiring: ['archiving'],
  archiving: ['completed'],
  completed: ['dropping'],
  dropping: ['dropped'],
  dropped: [],
  undoing: [],
};

export function canBeUndone({ state }: Completion): boolean {
  return undoable.includes(state);
}

/** Nothing is left to be done about it, unless somebody asks. */
export function isAtRest({ state }: Completion): boolean {
  return state === 'completed' || state === 'dropped';
}

const storedRow = z.object({
  capability: z.string(),
  state: z.enum(completionStates),
  begun_by: z.string(),
  reason: z.string(),
  problem: z.string().nullable(),
  begun_at: z.date(),
  changed_at: z.date(),
});

/** @returns undefined where nobody has begun to complete it, or that was undone */
export async function readCompletion(
  database: Sequelize,
  capability: string,
  transaction: Transaction | null = null,
): Promise<Completion | undefined> {
  const [found] = await database.query(
    `SELECT * FROM completion WHERE capability = ?${transaction ? ' FOR UPDATE' : ''}`,
    { replacements: [capability], type: QueryTypes.SELECT, transaction },
  );
  if (!found) return undefined;
  const row = storedRow.parse(found);
  return {
    ...{ capability, state: row.state, begunBy: row.begun_by, reason: row.reason, problem: row.problem },
    ...{ begunAt: row.begun_at, changedAt: row.changed_at },
  };
}

/**
 * Begins it, unless anything has happened to the capability since its conditions were looked at.
 * @param mutation its check sees to that
 * @throws AppError `invalid_state` when it has been begun already, or a hand-over has; `version_mismatch`, `deposed`
 */
export function beginCompletion(
  leader: Leader,
  capability: string,
  decision: Decision,
  mutation: Mutation,
): Promise<void> {
  return write(leader, async (transaction) => {
    await changeStateIn(leader, transaction, capability, { failures: 0, nextTryAt: null }, mutation);
    const known = await readCompletion(leader.database, capability, transaction);
    if (known) throw new AppError('invalid_state', alreadyBegun(known));
    const open = await readOpen(leader.database, capability, transaction);
    if (open.length > 0)
      throw new AppError(
        'invalid_state',
        `${capability} can't be completed yet: a hand-over has begun meanwhile; wait until "npx strangler owner ${capability}" shows none`,
      );
    const now = sqlInstant(leader.clock.now());
    await leader.database.query(
      `INSERT INTO completion (capability, state, begun_by, reason, begun_at, changed_at)
       VALUES (?, 'comparing', ?, ?, ?, ?)`,
      { replacements: [capability, decision.who, decision.reason ?? '', now, now], transaction },
    );
    await noteStep(leader, capability, 'comparing', decision, null, transaction);
  });
}

export function alreadyBegun({ capability, state, begunBy, begunAt }: Completion): string {
  const since = `by ${begunBy} on ${begunAt.toISOString()}`;
  return state === 'completed' || state === 'dropped'
    ? `${capability} was completed already, begun ${since}`
    : `${capability} is being completed already, begun ${since}: "npx strangler owner ${capability}" shows how far it is`;
}

/**
 * Goes from one state to the next, if nobody has meanwhile.
 * @returns false when it is in another state by now
 * @throws AppError `deposed`
 */
export function advanceCompletion(
  leader: Leader,
  completion: Pick<Completion, 'capability' | 'state'>,
  next: CompletionState,
  decision: Decision,
): Promise<boolean> {
  return write(leader, async (transaction) => {
    const known = await readCompletion(leader.database, completion.capability, transaction);
    if (known?.state !== completion.state) return false;
    await advanceCompletionIn(leader, transaction, known, next, decision);
    return true;
  });
}

/** The same in a transaction that changes more, and has read the completion: nobody else can change it meanwhile. */
export async function advanceCompletionIn(
  leader: Leader,
  transaction: Transaction,
  { capability, state }: Pick<Completion, 'capability' | 'state'>,
  next: CompletionState,
  decision: Decision,
): Promise<void> {
  if (!follow[state].includes(next)) throw new Error(`${next} does not follow ${state}`);
  await leader.database.query(
    'UPDATE completion SET state = ?, problem = NULL, changed_at = ? WHERE capability = ?',
    { replacements: [next, sqlInstant(leader.clock.now()), capability], transaction },
  );
  await noteStep(leader, capability, next, decision, state, transaction);
}

/** Forgets one that was undone: all is as before. */
export function forgetCompletion(leader: Leader, { capability }: Completion): Promise<void> {
  return write(leader, async (transaction) => {
    const known = await readCompletion(leader.database, capability, transaction);
    if (known?.state !== 'undoing') return;
    await leader.database.query('DELETE FROM completion WHERE capability = ?', {
      replacements: [capability],
      transaction,
    });
    const decision = { who: 'control plane', action: 'completion undone', reason: null };
    await noteStep(leader, capability, 'undoing', decision, 'undoing', transaction);
  });
}

/** Gives one up that changed nothing yet, since something is in its way: all is as before, and the audit says why. */
export function giveUpCompletion(
  leader: Leader,
  { capability, begunBy }: Completion,
  why: string,
): Promise<void> {
  return write(leader, async (transaction) => {
    const known = await readCompletion(leader.database, capability, transaction);
    if (known?.state !== 'comparing') return;
    await leader.database.query('DELETE FROM completion WHERE capability = ?', {
      replacements: [capability],
      transaction,
    });
    const entry = { who: begunBy, action: 'completion: comparing', capability, outcome: 'refused' as const };
    await appendEntry(
      leader.database,
      { ...entry, reason: why, before: { completion: 'comparing' }, after: { completion: null } },
      transaction,
    );
  });
}

/** Says what the step in progress waits for. */
export async function noteProblem(
  leader: Leader,
  { capability, state, problem }: Completion,
  now: string | null,
): Promise<void> {
  if (problem === now) return;
  await write(leader, (transaction) =>
    leader.database.query('UPDATE completion SET problem = ? WHERE capability = ? AND state = ?', {
      replacements: [now, capability, state],
      transaction,
    }),
  );
}

async function noteStep(
  { database, term, clock }: Leader,
  capability: string,
  state: CompletionState,
  { who, onBehalfOf = null, action, reason }: Decision,
  before: CompletionState | null,
  transaction: Transaction,
): Promise<void> {
  await database.query('INSERT INTO completion_step (capability, at, term, state) VALUES (?, ?, ?, ?)', {
    replacements: [capability, sqlInstant(clock.now()), term, state],
    transaction,
  });
  const entry = { who, onBehalfOf, action, capability, outcome: 'done' as const, reason };
  await appendEntry(
    database,
    { ...entry, before: { completion: before }, after: { completion: state } },
    transaction,
  );
}
