import { bucketCount } from '#contracts/strangler/ownership.js';
import { AppError } from '#platform/http/app-error.js';
import { describeCapability } from '../admin/describe-capability.js';
import type { Verify } from '../gates/verified.js';
import type { CapabilityParts } from '../reconcile/capability-parts.js';
import type { MonolithTraffic } from './watch-monolith-traffic.js';

export interface CompletionParts {
  traffic: MonolithTraffic;
  /** Undefined where nothing can be verified: then nothing is completed either. */
  verify: Verify | undefined;
  /** Milliseconds for which the monolith must have answered nothing of the capability. */
  quietTime: number;
}

/**
 * Checks all that must hold before the monolith's part is retired, the one step that has no way back.
 * @throws AppError always: `invalid_state` with every condition that fails, or `not_available` where none does
 */
export async function checkCompletion(
  { traffic, verify, quietTime }: CompletionParts,
  parts: CapabilityParts,
  confirm: string,
): Promise<never> {
  const { capability } = parts;
  if (confirm !== capability)
    throw new AppError(
      'invalid_state',
      `Completing ${capability} can't be undone: confirm it by its name, not "${confirm}"`,
    );
  const view = await describeCapability(parts);
  const elsewhere = bucketCount - view.serviceBuckets;
  const quiet = traffic.quietFor(capability);
  const failing = [
    ...(elsewhere > 0 ? [`${elsewhere} of its ${bucketCount} buckets are not owned by the service`] : []),
    ...(view.openHandOvers.length > 0 ? ['a hand-over is open'] : []),
    ...(view.state === 'settled' ? [] : [`it is ${view.state}, not settled`]),
    ...(quiet < quietTime
      ? [
          `its endpoints must go unanswered by the monolith for ${minutes(quietTime)}, and are known to have for ${minutes(quiet)}`,
        ]
      : []),
    // Last, since it is what takes long.
    ...(elsewhere > 0 ? [] : await unverified(verify, capability)),
  ];
  if (failing.length > 0)
    throw new AppError('invalid_state', `${capability} can't be completed yet: ${failing.join('; ')}`);
  throw new AppError(
    'not_available',
    `${capability} may be completed: every condition holds. Retiring the monolith's tables is not available yet, so nothing was changed`,
    { status: 501 },
  );
}

async function unverified(verify: Verify | undefined, capability: string): Promise<string[]> {
  if (!verify) return ['nothing here can verify that both sides have the same rows'];
  const { ok, detail } = await verify(capability);
  return ok ? [] : [`both sides are not known to be equal: ${detail}`];
}

function minutes(milliseconds: number): string {
  return `${(milliseconds / 60_000).toFixed(1)} minutes`;
}
