import type { Transaction } from 'sequelize';
import type { controlEndpoints } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/http/app-error.js';
import type { EndpointRequest } from '#platform/http/route.js';
import {
  advanceCompletion,
  alreadyBegun,
  beginCompletion,
  canBeUndone,
  type Completion,
  readCompletion,
} from '../complete/completion.js';
import { type Judging, lookAtConditions, unmet } from '../complete/conditions.js';
import type { Leader } from '../journal/fence.js';
import { type CapabilityState, readState } from '../journal/read-journal.js';
import type { CapabilityParts } from '../reconcile/capability-parts.js';
import { type Asked, askedBy, changeAs } from './change-as.js';

type Confirmed = Asked & EndpointRequest<typeof controlEndpoints.complete>;

/** Begins it, if all that must hold does. @throws AppError `invalid_state` with every condition that fails */
export async function completeCapability(
  leader: Leader,
  judging: Judging,
  parts: CapabilityParts,
  request: Confirmed,
): Promise<void> {
  const { capability, database } = parts;
  const { by, reason } = request.body;
  checkName(capability, request, 'Completing');
  const begun = await readCompletion(database, capability);
  if (begun) throw new AppError('invalid_state', alreadyBegun(begun));
  const { version } = await readState(database, capability);
  const missing = unmet((await lookAtConditions(judging, parts, true)).conditions);
  if (missing.length > 0)
    throw new AppError('invalid_state', `${capability} can't be completed yet: ${missing.join('; ')}`);
  // Comparing all rows takes minutes: what was seen counts only if nobody has changed anything since.
  const mutation = {
    ...askedBy('complete', request),
    check: async (_: Transaction, before: CapabilityState) => {
      if (before.version !== version)
        throw new AppError(
          'invalid_state',
          `${capability} was changed while its conditions were looked at: complete it again, if that is still right`,
        );
    },
  };
  await beginCompletion(leader, capability, { who: by, action: 'completion: leaving', reason }, mutation);
}

/** Lets the tables go that were archived. @throws AppError `invalid_state` */
export async function dropArchive(leader: Leader, parts: CapabilityParts, request: Confirmed): Promise<void> {
  const { capability, database } = parts;
  const { by, reason } = request.body;
  checkName(capability, request, 'Dropping the archive of');
  const begun = await readCompletion(database, capability);
  if (begun?.state !== 'completed')
    throw new AppError(
      'invalid_state',
      begun?.state === 'dropped' || begun?.state === 'dropping'
        ? `The archive of ${capability} is dropped already`
        : `${capability} is not completed: there is no archive to drop`,
    );
  await changeAs(leader, parts, 'drop', request, { failures: 0, nextTryAt: null });
  await advanceCompletion(leader, begun, 'dropping', { who: by, action: 'completion: dropping', reason });
}

function checkName(capability: string, { body }: Confirmed, what: string): void {
  if (body.confirm !== capability)
    throw new AppError(
      'invalid_state',
      `${what} ${capability} can't be undone: confirm it by its name, not "${body.confirm}"`,
    );
}

/** Who rolls back or resumes something that is being completed takes that back first, as long as it can be. */
export async function undoCompletion(
  leader: Leader,
  { capability, database }: CapabilityParts,
  { body }: Asked,
  action: string,
): Promise<void> {
  const begun = await readCompletion(database, capability);
  if (!begun || begun.state === 'undoing') return;
  const decision = { who: body.by, action: `${action}: completion: undoing`, reason: body.reason };
  if (canBeUndone(begun) && (await advanceCompletion(leader, begun, 'undoing', decision))) return;
  const now = (await readCompletion(database, capability)) ?? begun;
  if (canBeUndone(now)) throw new AppError('invalid_state', 'It has just gone on: try again at once');
  throw new AppError('invalid_state', noWayBack(now));
}

/** What takes a completion back must not be overtaken by one that has begun meanwhile. @throws AppError `invalid_state` */
export async function refuseUnlessUndone(
  { capability, database }: CapabilityParts,
  transaction: Transaction,
): Promise<void> {
  const begun = await readCompletion(database, capability, transaction);
  if (begun && begun.state !== 'undoing')
    throw new AppError('invalid_state', `${capability} has just begun to be completed: try again at once`);
}

/** For what can't be done beside it. @throws AppError `invalid_state` with who is at it, and what can be done */
export async function refuseWhileCompleted(
  { capability, database }: CapabilityParts,
  transaction: Transaction | null = null,
): Promise<void> {
  const begun = await readCompletion(database, capability, transaction);
  if (!begun) return;
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
