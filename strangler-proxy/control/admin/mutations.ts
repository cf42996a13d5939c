import type { Transaction } from 'sequelize';
import { leaderHeader } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/errors/app-error.js';
import { entityTag } from '#platform/http/entity-tag.js';
import type { Answer, Route } from '#platform/http/route.js';
import type { Judging } from '../complete/conditions.js';
import type { Leader } from '../fence/fence.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { abandonSide } from './abandon-side.js';
import { type AdminRequest, adminRoute, auditedCaller, requireVersion } from './admin-route.js';
import { type Asked, changeAs } from './change-as.js';
import {
  completeCapability,
  dropArchive,
  refuseWhileCompleted,
  undoCompletion,
} from './change-completion.js';
import { describeCapability } from './describe-capability.js';
import { notingRefusals } from './noting-refusals.js';
import type { AdminEndpoint } from './required-roles.js';
import { setShare, tellSharesBeingSet } from './set-share.js';
import type { Refused } from './sum-up-refusals.js';

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

/** Changes a capability, as somebody with the right role asks for it. */
type Change<Name extends AdminEndpoint> = (
  leader: Leader,
  capability: CapabilityParts,
  request: AdminRequest<Name>,
) => Promise<void>;

/** Endpoints that change one capability. */
type ChangeEndpoint = 'share' | 'rollback' | 'pause' | 'resume' | 'complete' | 'abandon' | 'drop';

/** The changes that operators make: each by the leader, with version and reason, and audited, refused ones too. */
export function mutationRoutes(deps: MutationParts): Route[] {
  const route = <Name extends ChangeEndpoint>(name: Name, action: string, run: Change<Name>) =>
    adminRoute(name, deps.noteRefusal, (request) => mutate(deps, action, request, run));
  return [
    route('share', 'share', setShare),
    route('rollback', 'rollback', async (leader, capability, request) => {
      const change = { rollingBack: true, paused: null, failures: 0, nextTryAt: null };
      const check = (transaction: Transaction) =>
        undoCompletion(leader, capability, request, 'rollback', transaction);
      await changeAs(leader, capability, 'rollback', request, change, { check, setsGoal: true });
    }),
    route('pause', 'pause', async (leader, capability, request) => {
      const { who, reason } = auditedCaller(request);
      const check = (transaction: Transaction) => refuseWhileCompleted(capability, transaction);
      await changeAs(leader, capability, 'pause', request, { paused: { by: who, reason } }, { check });
    }),
    route('resume', 'resume', async (leader, capability, request) => {
      const change = { paused: null, stoppedReason: null, failures: 0, nextTryAt: null };
      const check = (transaction: Transaction) =>
        undoCompletion(leader, capability, request, 'resume', transaction);
      await changeAs(leader, capability, 'resume', request, change, { check });
    }),
    route('complete', 'complete', (leader, capability, request) =>
      completeCapability(leader, deps.judging, capability, request),
    ),
    route('abandon', 'abandon service', abandonSide),
    route('drop', 'drop', dropArchive),
  ];
}

async function mutate<Name extends ChangeEndpoint>(
  deps: MutationParts,
  action: string,
  request: AdminRequest<Name>,
  run: Change<Name>,
): Promise<Answer> {
  // Inference does not see that all of these endpoints have it.
  const asked: Asked = request;
  const { capability: name } = asked.params;
  const { who, reason: wanted } = auditedCaller(asked);
  return notingRefusals(deps.noteRefusal, { who, action, capability: name, wanted }, async () => {
    requireVersion(asked.expectedVersions);
    const capability = deps.partsOf(name);
    await run(await requireLeader(deps), capability, request);
    tellSharesBeingSet(capability);
    capability.bell.ring();
    const view = await describeCapability(capability);
    return { status: 200, body: view, headers: { etag: entityTag(view.version) } };
  });
}

/** @throws AppError `not_leader` that says where the leader is */
export async function requireLeader({
  leader,
  leaderUrl,
}: Pick<MutationParts, 'leader' | 'leaderUrl'>): Promise<Leader> {
  return leader() ?? (await refuseAsStandBy(leaderUrl));
}

async function refuseAsStandBy(leaderUrl: MutationParts['leaderUrl']): Promise<never> {
  const url = await leaderUrl().catch(() => undefined);
  throw new AppError(
    'not_leader',
    url
      ? `This control plane stands by: ask the leader, at ${url}`
      : 'No control plane leads at the moment: try again in a few seconds',
    url ? { status: 421, headers: { [leaderHeader]: url } } : { status: 503, retryAfter: 2 },
  );
}
