import { AppError } from '#platform/errors/app-error.js';
import { beginAbandonment, newestEpoch, readAbandonment } from '../abandon/abandonment.js';
import { readGates } from '../gates/gate.js';
import type { Leader } from '../fence/fence.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { askBothSides } from '../sides/both-sides.js';
import type { AdminRequest } from './admin-route.js';
import { askedBy } from './change-as.js';
import { refuseWhileCompleted } from './change-completion.js';

/** By so much the epoch goes on: more than a lost side can have counted without the journal or the monolith knowing. */
const epochGap = 1_000;

/**
 * Gives the service's side up for lost: the monolith takes all buckets back, and that side owns none until it is filled again.
 * @throws AppError `invalid_state` where it is still there, or the monolith's is not
 */
export async function abandonSide(
  leader: Leader,
  parts: CapabilityParts,
  request: AdminRequest<'abandon'>,
): Promise<void> {
  const { capability, database } = parts;
  const { confirm } = request.body;
  if (confirm !== capability)
    throw refused(
      `To abandon the service's side of ${capability} loses what only that side has: confirm it by its name, not "${confirm}"`,
    );
  const epochs = await requireLost(parts);
  const known = await readAbandonment(database, capability);
  const newest = Math.max(epochs, known?.voidUpTo ?? 0, await newestEpoch(database, capability));
  const voidUpTo = known && known.state !== 'done' ? known.voidUpTo : newest + epochGap;
  await beginAbandonment(
    leader,
    { capability, voidUpTo },
    {
      ...askedBy('abandon service', request),
      setsGoal: true,
      check: (transaction) => refuseWhileCompleted(parts, transaction),
    },
  );
}

/** @returns the newest epoch that the monolith knows of */
async function requireLost(parts: CapabilityParts): Promise<number> {
  const { capability, gates, sidecars } = parts;
  const sides = await askBothSides(sidecars);
  const { monolith, service } = sides.answers;
  if (service)
    throw refused(
      `the service's sidecar of ${capability} answers, and its database with it: nothing is lost. "npx strangler rollback ${capability}" brings everything back`,
    );
  if (!monolith)
    throw refused(
      `the monolith's sidecar does not answer: it is needed to take the buckets of ${capability} back`,
    );
  const step = { from: 'monolith', to: 'service', buckets: [1] } as const;
  const readings = await readGates(gates, {
    ...{ capability, step: { ...step, buckets: [...step.buckets] }, sides, beginning: false },
  });
  if (readings.some(({ name, open }) => name === 'target healthy' && open))
    throw refused(
      `an instance of the ${capability} service is ready, and may take writes: end it first, and see to it that it stays ended`,
    );
  return Math.max(...monolith.rows.flatMap(({ epoch, vetoed }) => [epoch, vetoed]));
}

function refused(message: string): AppError {
  return new AppError('invalid_state', message);
}
