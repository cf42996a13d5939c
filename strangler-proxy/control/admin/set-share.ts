import { AppError } from '#platform/errors/app-error.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { changeState } from '../journal/change-state.js';
import type { Leader } from '../fence/fence.js';
import { type CapabilityState, readState } from '../journal/read-journal.js';
import type { CapabilityParts, ShareBeingSet } from '../capability/capability-parts.js';
import { type AdminRequest, auditedCaller } from './admin-route.js';
import { askedBy, changeAs } from './change-as.js';
import { refuseWhileCompleted } from './change-completion.js';

/** Longest wait until a flag that was set is seen, in milliseconds. */
const flagPatience = 8_000;

/**
 * First the version is settled, then the flag is set: of two operators who decided on the same version one is refused.
 * A roll-back ends only when the flag says the new share, else an old share would count for a moment; and only the
 * roll-back that this operator has seen. One that somebody has asked for since overtakes the share.
 * @throws AppError `version_mismatch`, `invalid_state`, `timeout`, `deposed`
 */
export async function setShare(
  leader: Leader,
  parts: CapabilityParts,
  request: AdminRequest<'share'>,
): Promise<void> {
  const { capability, flags, sharesBeingSet } = parts;
  await refuseWhileCompleted(parts);
  const before = flags.of(capability);
  if (before.kind === 'refused') throw new AppError('invalid_state', before.reason);
  const share: ShareBeingSet = { lookAgain: () => undefined };
  sharesBeingSet.add(share);
  try {
    await settleAndSet(leader, parts, request, share);
  } finally {
    sharesBeingSet.delete(share);
  }
}

async function settleAndSet(
  leader: Leader,
  parts: CapabilityParts,
  request: AdminRequest<'share'>,
  share: ShareBeingSet,
): Promise<void> {
  const { capability, database, setFlag, flagTurns } = parts;
  const { percent } = request.body;
  const { who, reason } = auditedCaller(request);
  const settled = { failures: 0, nextTryAt: null };
  const mine = await changeAs(leader, parts, `share ${percent} %`, request, settled, {
    setsGoal: true,
    check: (transaction) => refuseWhileCompleted(parts, transaction),
  });
  tellSharesBeingSet(parts);
  const unlessOvertaken = (now: CapabilityState): CapabilityState => {
    if (now.goalVersion !== mine.version) throw overtaken(parts, percent);
    return now;
  };
  const look = async () => unlessOvertaken(await readState(database, capability));
  await flagTurns(async () => {
    await look();
    await setFlag(capability, percent, `${reason} (${who})`);
  });
  parts.flags.lookOften();
  const deadline = performance.now() + flagPatience;
  while (!isSeen(parts, percent)) {
    const left = deadline - performance.now();
    if (left <= 0) throw notSeen(percent, (await look()).rollingBack);
    await untilNews(parts, share, left);
    await look();
  }
  // Written down before it is answered: the version that is told is then the one that stands.
  const change = { wantedPercent: percent, rollingBack: false };
  await changeState(leader, capability, change, {
    ...askedBy('take over the flag', request),
    ...{ asked: false, expectedVersion: undefined },
    check: async (_, now) => void unlessOvertaken(now),
  });
}

/** Lets those that wait for their flag see at once whether they are overtaken. */
export function tellSharesBeingSet({ sharesBeingSet }: CapabilityParts): void {
  for (const share of sharesBeingSet) share.lookAgain();
}

function overtaken({ capability }: CapabilityParts, percent: number): AppError {
  return new AppError(
    'invalid_state',
    `Somebody has said something else of ${capability} before ${percent} % was reached: that counts. "npx strangler owner ${capability}" shows how it stands`,
  );
}

function isSeen({ capability, flags }: CapabilityParts, percent: number): boolean {
  const seen = flags.of(capability);
  return seen.kind === 'percent' && seen.percent === percent;
}

function notSeen(percent: number, rollingBack: boolean): AppError {
  const set = `The flag was set to ${percent} % in Unleash, but Unleash has not told so within ${flagPatience / 1000} s`;
  return new AppError(
    'timeout',
    rollingBack
      ? `${set}: the roll-back stands, and sets the flag back to 0 %. Try again when Unleash answers`
      : `${set}: ownership follows when it does`,
  );
}

/** Until Unleash has told something, or somebody has changed something. @param longest in milliseconds */
function untilNews({ flags }: CapabilityParts, share: ShareBeingSet, longest: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(guarded('a wait for a flag', done), longest);
    const stop = flags.onChange(done);
    share.lookAgain = done;
    function done(): void {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}
