import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#platform/errors/app-error.js';
import { type FlagState, flagState } from './flag-state.js';
import { type Replaced, whatWasReplaced } from './replaced-roll-out.js';
import {
  addStrategy,
  changeStrategy,
  createFlag,
  deleteStrategy,
  enableFlag,
  readFlag,
  type StrategyContent,
} from './unleash-admin.js';
import type { UnleashAccess } from './unleash-request.js';

/** What a flag should be, and why. */
export interface RollOut {
  flag: string;
  /** 0 to 100, whole. */
  percent: number;
  /** What requests stick to: `random`, `default`, or a field of the flag's context; `undefined` keeps what the flag has. */
  stickiness: string | undefined;
  /** What they stick to where the flag has nothing yet. */
  newStickiness: string;
  /** Kept in Unleash as the title of the strategy, and so in its event log. */
  reason: string;
  /** What a new flag is said to be. */
  description: string;
  /** Replace strategies that aren't one plain gradual roll-out. */
  replace: boolean;
}

/** Roll-out that was made, and what was there before; `null` where the flag is new. */
export interface RollOutChange {
  percent: number;
  stickiness: string;
  before: Replaced | null;
}

/** Times that the creator of a flag is given to add its strategy, and the pause between them in milliseconds. */
const looksForStrategy = 10;
const lookEvery = 200;

/**
 * Gives a flag one gradual roll-out of the percentage, and enables it. 0 is a roll-out of 0 percent, not a disabled
 * flag: the next change is then one step, and whoever looks at the flag finds its history in one place.
 * @throws AppError `failed` when the flag has a shape that a percentage would destroy, `not_reachable` without Unleash
 */
export async function setRollOut(access: UnleashAccess, wanted: RollOut): Promise<RollOutChange> {
  const state = await findOrCreate(access, wanted);
  const stickiness =
    wanted.stickiness ?? (state.kind === 'roll-out' ? state.stickiness : wanted.newStickiness);
  const content = strategyOf(wanted, stickiness);
  const before = await write(access, wanted, content, state);
  return { percent: wanted.percent, stickiness, before };
}

async function findOrCreate(access: UnleashAccess, wanted: RollOut): Promise<FlagState | { kind: 'new' }> {
  const flag = await readFlag(access, wanted.flag);
  if (!flag && (await createFlag(access, wanted.flag, wanted.description))) return { kind: 'new' };
  // Of several that create it at once, only one adds the strategy: two strategies would be no plain roll-out any more.
  for (let looks = 0; ; looks++) {
    const found = await readFlag(access, wanted.flag);
    const state = found && flagState(found, access.environment);
    if (state && (state.kind !== 'empty' || looks >= looksForStrategy)) return state;
    await sleep(lookEvery);
  }
}

async function write(
  access: UnleashAccess,
  wanted: RollOut,
  content: StrategyContent,
  state: FlagState | { kind: 'new' },
): Promise<Replaced | null> {
  switch (state.kind) {
    case 'new':
    case 'empty':
      await addStrategy(access, wanted.flag, content);
      // Enabled only now: a flag that is enabled without any strategy would be given one of 100 percent.
      await enableFlag(access, wanted.flag);
      return null;
    case 'roll-out':
      await changeStrategy(access, wanted.flag, state.strategyId, content);
      if (!state.enabled) await enableFlag(access, wanted.flag);
      return whatWasReplaced(access, wanted.flag, content, state);
    case 'other':
      refuseUnlessReplaceable(access, wanted, state);
      await addStrategy(access, wanted.flag, content);
      for (const id of state.strategyIds) await deleteStrategy(access, wanted.flag, id);
      await enableFlag(access, wanted.flag);
      return { percent: null, reason: `a flag that ${state.why}`, since: null };
  }
}

function refuseUnlessReplaceable(
  { url, project }: UnleashAccess,
  { flag, replace }: RollOut,
  { why, replaceable }: FlagState & { kind: 'other' },
): void {
  if (replaceable && replace) return;
  const what = `The flag ${flag} ${why}, which a percentage can't express, so it stays as it is.`;
  const where = `change it in Unleash, at ${url}/projects/${project}/features/${flag}`;
  throw new AppError(
    'failed',
    replaceable
      ? `${what} Use --replace to put one gradual roll-out in its place, or ${where}`
      : `${what} To flip it, ${where}`,
  );
}

function strategyOf({ flag, percent, reason }: RollOut, stickiness: string): StrategyContent {
  const parameters = { rollout: String(percent), stickiness, groupId: flag };
  return { name: 'flexibleRollout', title: reason, parameters };
}
