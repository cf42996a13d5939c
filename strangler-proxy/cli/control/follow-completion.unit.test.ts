import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AuditEntry, CapabilityView } from '#contracts/strangler/control-plane.js';
import { notReachable } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import type { ControlClient } from './control-client.js';
import { followCompletion } from './follow-completion.js';
import { followHandOver } from './follow-hand-over.js';

// Time passes only when somebody looks: five seconds each.
beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['setTimeout', 'clearTimeout', 'nextTick', 'queueMicrotask'] }),
);
afterEach(() => void jest.useRealTimers());

const view = { capability: 'stock', recent: [], reasons: [], serviceBuckets: 40, state: 'moving' };
const wanted = { percent: 60 };
const comparing = { state: 'comparing', canBeUndone: true, problem: null };
const entry = {
  capability: 'stock',
  action: 'completion: comparing',
  outcome: 'refused',
  reason: '2 rows differ',
};
const terminal = {
  tell: () => undefined,
  progress: () => undefined,
  colours: { yellow: String },
} as unknown as Terminal;

/** A control plane that is looked at so often, and answers so; it is away after the last of them. */
function controlPlane(views: (object | null)[], audit: object[] = []): ControlClient {
  let looks = 0;
  return {
    look: async () => {
      jest.setSystemTime(Date.now() + 5_000);
      const completion = views[looks++];
      if (completion === undefined) throw notReachable('away');
      return { ...view, wanted, completion } as unknown as CapabilityView;
    },
    audit: async () => audit as AuditEntry[],
  } as unknown as ControlClient;
}

const ended = (following: Promise<unknown>) => following.catch((error: unknown) => error);

const complete = (control: ControlClient) =>
  followCompletion(
    control,
    { capability: 'stock', until: 'completed', patience: 3_600_000 },
    terminal,
    new AbortController().signal,
  );

describe('following a completion', () => {
  it('says why it was given up', async () => {
    expect(await ended(complete(controlPlane([comparing, null], [entry])))).toMatchObject({
      code: 'failed',
      message: "stock can't be completed yet: 2 rows differ",
    });
  });

  it('says that somebody has taken it back, where that is so', async () => {
    const undone = { ...entry, action: 'completion undone', outcome: 'done' };
    expect(await ended(complete(controlPlane([comparing, null], [undone, entry])))).toMatchObject({
      code: 'failed',
      message: expect.stringContaining('taken the completion of stock back'),
    });
  });

  it('does not know how it goes on when the control plane is away for long', async () => {
    expect(await ended(complete(controlPlane([comparing])))).toMatchObject({
      code: 'not_confirmed',
      message: expect.stringMatching(/^The control plane does not answer any more\. It goes on without/),
    });
  });
});

describe('following a hand-over', () => {
  it('does not know how it goes on when the control plane is away for long', async () => {
    const following = { capability: 'stock', percent: 60, patience: 3_600_000, before: { recent: [] } };
    const { signal } = new AbortController();
    expect(await ended(followHandOver(controlPlane([null]), following, terminal, signal))).toMatchObject({
      code: 'not_confirmed',
      message: expect.stringContaining("how far it is can't be said"),
    });
  });
});
