import type { Transaction } from 'sequelize';
import { controlEndpoints, leaderHeader } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/http/app-error.js';
import { entityTag } from '#platform/http/entity-tag.js';
import { type Answer, type EndpointRequest, readRoute, type Route } from '#platform/http/route.js';
import type { Judging } from '../complete/conditions.js';
import type { Leader } from '../journal/fence.js';
import type { CapabilityParts } from '../reconcile/capability-parts.js';
import { abandonSide } from './abandon-side.js';
import { type Asked, changeAs } from './change-as.js';
import {
  completeCapability,
  dropArchive,
  refuseUnlessUndone,
  refuseWhileCompleted,
  undoCompletion,
} from './change-completion.js';
import { describeCapability } from './describe-capability.js';
import type { Refused } from './note-refusals.js';

export interface MutationParts {
  /** @throws AppError `not_found` that names those that there are */
  partsOf(capability: string): CapabilityParts;
  leader(): Leader | undefined;
  /** Where the leader is, as far as is known. */
  leaderUrl(): Promise<string | undefined>;
  noteRefusal(refused: Refused): void;
  /** What is asked before something is completed. */
  judging: Judging;
}

/** Longest wait until a flag that was set is seen, in milliseconds. */
const flagPatience = 8_000;

/** The changes that operators make: each by the leader, with version and reason, and audited, refused ones too. */
export function mutationRoutes(parts: MutationParts): Route[] {
  const { share, rollback, pause, resume, complete, drop, abandon } = controlEndpoints;
  const route = <Request extends Asked>(
    action: string,
    run: (leader: Leader, capability: CapabilityParts, request: Request) => Promise<void>,
  ) => {
    return (request: Request) => mutate(parts, action, request, run);
  };
  return [
    readRoute(share, route('share', setShare)),
    readRoute(
      rollback,
      route('rollback', async (leader, capability, request) => {
        await undoCompletion(leader, capability, request, 'rollback');
        const change = { rollingBack: true, paused: null, failures: 0, nextTryAt: null };
        const undone = (transaction: Transaction) => refuseUnlessUndone(capability, transaction);
        await changeAs(leader, capability, 'rollback', request, change, undone);
      }),
    ),
    readRoute(
      pause,
      route('pause', async (leader, capability, request) => {
        const { by, reason } = request.body;
        await changeAs(leader, capability, 'pause', request, { paused: { by, reason } }, (transaction) =>
          refuseWhileCompleted(capability, transaction),
        );
      }),
    ),
    readRoute(
      resume,
      route('resume', async (leader, capability, request) => {
        await undoCompletion(leader, capability, request, 'resume');
        const change = { paused: null, stoppedReason: null, failures: 0, nextTryAt: null };
        const undone = (transaction: Transaction) => refuseUnlessUndone(capability, transaction);
        await changeAs(leader, capability, 'resume', request, change, undone);
      }),
    ),
    readRoute(
      complete,
      route<EndpointRequest<typeof complete>>('complete', (leader, capability, request) =>
        completeCapability(leader, parts.judging, capability, request),
      ),
    ),
    readRoute(abandon, route<EndpointRequest<typeof abandon>>('abandon service', abandonSide)),
    readRoute(drop, route<EndpointRequest<typeof drop>>('drop', dropArchive)),
  ];
}

async function mutate<Request extends Asked>(
  parts: MutationParts,
  action: string,
  request: Request,
  run: (leader: Leader, capability: CapabilityParts, request: Request) => Promise<void>,
): Promise<Answer> {
  const { capability: name } = request.params;
  const { by, reason } = request.body;
  try {
    const capability = parts.partsOf(name);
    const leader = parts.leader() ?? (await refuseAsStandBy(parts));
    await run(leader, capability, request);
    capability.bell.ring();
    const view = await describeCapability(capability);
    return { status: 200, body: view, headers: { etag: entityTag(view.version) } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    parts.noteRefusal({ who: by, action, capability: name, wanted: reason, reason: why });
    throw error;
  }
}

async function refuseAsStandBy({ leaderUrl }: MutationParts): Promise<never> {
  const url = await leaderUrl().catch(() => undefined);
  throw new AppError(
    'not_leader',
    url
      ? `This control plane stands by: ask the leader, at ${url}`
      : 'No control plane leads at the moment: try again in a few seconds',
    url ? { status: 421, headers: { [leaderHeader]: url } } : { status: 503, retryAfter: 2 },
  );
}

/**
 * First the version is settled, then the flag is set: of two operators who decided on the same version one is refused.
 * A roll-back ends only when the flag says the new share, else an old share would count for a moment.
 */
async function setShare(
  leader: Leader,
  parts: CapabilityParts,
  request: Asked & EndpointRequest<typeof controlEndpoints.share>,
): Promise<void> {
  const { capability, flags, setFlag } = parts;
  const { percent, by, reason } = request.body;
  await refuseWhileCompleted(parts);
  const before = flags.of(capability);
  if (before.kind === 'refused') throw new AppError('invalid_state', before.reason);
  const settled = { failures: 0, nextTryAt: null };
  await changeAs(leader, parts, `share ${percent} %`, request, settled, (transaction) =>
    refuseWhileCompleted(parts, transaction),
  );
  parts.sharesBeingSet.add(request);
  try {
    await setFlag(capability, percent, `${reason} (${by})`);
    await untilSeen(parts, percent);
    if (!isSeen(parts, percent)) throw notSeen(percent);
    // Written down before it is answered: the version that is told is then the one that stands.
    const anyVersion = { ...request, expectedVersions: undefined };
    const change = { wantedPercent: percent, rollingBack: false };
    await changeAs(leader, parts, 'take over the flag', anyVersion, change);
  } finally {
    parts.sharesBeingSet.delete(request);
  }
}

function isSeen({ capability, flags }: CapabilityParts, percent: number): boolean {
  const seen = flags.of(capability);
  return seen.kind === 'percent' && seen.percent === percent;
}

function notSeen(percent: number): AppError {
  return new AppError(
    'timeout',
    `The flag was set to ${percent} % in Unleash, but Unleash has not told so within ${flagPatience / 1000} s: ownership follows when it does`,
  );
}

/** Unleash tells a change only at its own pace. */
async function untilSeen(parts: CapabilityParts, percent: number): Promise<void> {
  if (isSeen(parts, percent)) return;
  parts.flags.lookOften();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, flagPatience);
    const stop = parts.flags.onChange(() => isSeen(parts, percent) && done());
    function done(): void {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}
