import type { Transaction } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';
import {
  advanceCompletionIn,
  alreadyBegun,
  beginCompletion,
  canBeUndone,
  type Completion,
  readCompletion,
} from '../complete/completion.js';
import { type Judging, lookAtConditions, unmet } from '../complete/conditions.js';
import type { Leader } from '../fence/fence.js';
import { type CapabilityState, readState } from '../journal/read-journal.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { type AdminRequest, auditedCaller } from './admin-route.js';
import { type Asked, askedBy, changeAs } from './change-as.js';

type Confirmed = AdminRequest<'complete' | 'drop'>;

/**
 * Begins it, if all that can be said at once holds. Comparing all rows takes minutes: that is its first step, in the background.
 * @throws AppError `invalid_state` with every condition that fails
 */
export async function completeCapability(
  leader: Leader,
  judging: Judging,
  parts: CapabilityParts,
  request: Confirmed,
): Promise<void> {
  const { capability, database, sharesBeingSet } = parts;
  checkName(capability, request, 'Completing');
  const begun = await readCompletion(database, capability);
  if (begun) throw new AppError('invalid_state', alreadyBegun(begun));
  const { version } = await readState(database, capability);
  const missing = unmet((await lookAtConditions(judging, parts, false)).conditions);
  if (missing.length > 0)
    throw new AppError('invalid_state', `${capability} can't be completed yet: ${missing.join('; ')}`);
  // What was seen counts only if nobody has changed anything since.
  const mutation = {
    ...askedBy('complete', request),
    setsGoal: true,
    check: async (_: Transaction, before: CapabilityState) => {
      if (before.version !== version || sharesBeingSet.size > 0)
        throw new AppError(
          'invalid_state',
          `${capability} was changed while its conditions were looked at: complete it again, if that is still right`,
        );
    },
  };
  await beginCompletion(
    leader,
    capability,
    { ...auditedCaller(request), action: 'completion: comparing' },
    mutation,
  );
}

/** Lets the tables go that were archived. @throws AppError `invalid_state` */
export async function dropArchive(leader: Leader, parts: CapabilityParts, request: Confirmed): Promise<void> {
  const { capability, database } = parts;
  checkName(capability, request, 'Dropping the archive of');
  const check = async (transaction: Transaction) => {
    const begun = await readCompletion(database, capability, transaction);
    if (begun?.state !== 'completed')
      throw new AppError(
        'invalid_state',
        begun?.state === 'dropped' || begun?.state === 'dropping'
          ? `The archive of ${capability} is dropped already`
          : `${capability} is not completed: there is no archive to drop`,
      );
    const decision = { ...auditedCaller(request), action: 'completion: dropping' };
    await advanceCompletionIn(leader, transaction, begun, 'dropping', decision);
  };
  await changeAs(leader, parts, 'drop', request, { failures: 0, nextTryAt: null }, { check });
}

function checkName(capability: string, { body }: Confirmed, what: string): void {
  if (body.confirm !== capability)
    throw new AppError(
      'invalid_state',
      `${what} ${capability} can't be undone: confirm it by its name, not "${body.confirm}"`,
    );
}

/**
 * Who rolls back or resumes something that is being completed takes that back, as long as it can be: in the transaction of
 * that change, so that one which is refused leaves the completion as it was.
 * @throws AppError `invalid_state` where there is no way back
 */
export async function undoCompletion(
  leader: Leader,
  { capability, database }: CapabilityParts,
  request: Asked,
  action: string,
  transaction: Transaction,
): Promise<void> {
  const begun = await readCompletion(database, capability, transaction);
  if (!begun || begun.state === 'undoing') return;
  if (!canBeUndone(begun)) throw new AppError('invalid_state', noWayBack(begun));
  const decision = { ...auditedCaller(request), action: `${action}: completion: undoing` };
  await advanceCompletionIn(leader, transaction, begun, 'undoing', decision);
}

/** For what can't be done beside it. @throws AppError `invalid_state` with who is at it, and what can be done */
export async function refuseWhileCompleted(
  { capability, database }: CapabilityParts,
  transaction: Transaction | null = null,
): Promise<void> {
  const begun = await readCompletion(database, capability, transaction);
  if (!begun) return;
  if (begun.state === 'undoing')
    throw new AppError(
      'invalid_state',
      `The completion of ${capability} is being taken back: try again in a few seconds`,
    );
  throw new AppError(
    'invalid_state',
    canBeUndone(begun)
      ? `${capability} is being completed by ${begun.begunBy}: "npx strangler resume ${capability}" takes that back first`
      : noWayBack(begun),
  );
}

function noWayBack({ capability, begunBy, begunAt }: Completion): string {
  return `${capability} was completed by ${begunBy} on ${begunAt.toISOString()}: the monolith's part is retired, and nothing can be handed over any more`;
}
