import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { until } from '../../../tests/support/until.js';
import { readCompletion } from '../complete/completion.js';
import { readState } from '../journal/read-journal.js';
import { reconcile } from '../reconcile/reconcile.js';
import {
  type AdminAlone,
  type AuditedChange,
  type HeldFlag,
  holdFlag,
  startAdminAlone,
} from './support/admin-alone.js';

const actions = ['share', 'rollback', 'pause', 'resume', 'complete'] as const;

/** Somebody changes something, on what they have seen some looks ago; or the flag comes further. */
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      action: fc.constantFrom(...actions, 'share', 'rollback'),
      percent: fc.constantFrom(60, 100),
      /** How many looks old the version is that it names. */
      age: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
        { weight: 1, arbitrary: fc.constant('*' as const) },
      ),
      /** Milliseconds until the next event. */
      rest: fc.constantFrom(0, 4, 60),
    }),
  },
  { weight: 1, arbitrary: fc.constant('the flag arrives' as const) },
  { weight: 1, arbitrary: fc.constant('the flag is seen' as const) },
);

interface Call {
  who: string;
  action: (typeof actions)[number];
  percent: number;
  version: number | '*';
  status: number;
}

let admin: AdminAlone;
let runs = 0;
beforeAll(async () => void (admin = await startAdminAlone()));
afterAll(() => admin.end());

describe('changes that several people ask for at once', () => {
  it('are each made on what was seen, or refused and change nothing; a roll-back ends only by who has seen it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 2, maxLength: 10 }), async (events) => {
        const { calls, audit, state, completion, flag } = await play(events);
        expectAnswersToBeTrue(calls, audit);
        expectOnlySeenRollBacksToEnd(audit);
        expectNothingBesideCompletion(audit);
        const last = audit.findLast(({ action }) => /^(share|rollback)/.test(action));
        const lost = last?.action === 'rollback' && !state.rollingBack && flag.percent() > 0;
        expect(lost).toBe(false);
        const step = audit.findLast(({ action }) => action.includes('completion: '));
        expect(completion?.state ?? null).toBe(step?.after['completion'] ?? null);
      }),
      { numRuns: 60, examples: [[overtakenByRollBack], [oldVersions]] },
    );
  });
});

type Event = typeof event extends fc.Arbitrary<infer One> ? One : never;
const call = (action: Call['action'], age: 0 | 1 = 0): Event => ({ action, percent: 60, age, rest: 60 });
/** A share waits for its flag; a roll-back is accepted; then the flag is seen. */
const overtakenByRollBack: Event[] = [
  call('share'),
  'the flag arrives',
  call('rollback'),
  'the flag is seen',
];
/** A completion has begun; what is decided on something older is refused. */
const oldVersions: Event[] = [call('complete'), call('resume', 1), call('rollback', 1)];

async function play(events: readonly Event[]) {
  const capability = `c${(runs += 1)}`;
  const flag = holdFlag(100);
  const parts = admin.add(capability, flag);
  const ending = new AbortController();
  // It follows the flag and nothing else: the sides are silent.
  const silent = { ...parts.sidecars, rows: () => Promise.reject(new Error('silent')) };
  const reconciling = reconcile({ ...parts, sidecars: silent }, admin.leader, admin.judging, ending.signal);
  const versionNow = async () => (await readState(admin.database, capability)).version;
  await until('the flag is noted', async () => (await versionNow()) > 0);
  const seen: number[] = [];
  const calls: Call[] = [];
  const asking: Promise<void>[] = [];
  for (const event of events) {
    if (event === 'the flag arrives') flag.arrive();
    else if (event === 'the flag is seen') flag.see();
    else {
      seen.push(await versionNow());
      const { action, percent, age, rest } = event;
      const version = age === '*' ? age : (seen.at(-1 - age) ?? 0);
      const one = { who: `person ${calls.length}`, action, percent, version, status: 0 };
      calls.push(one);
      asking.push(askFor(capability, one));
      await sleep(rest);
    }
  }
  await settle(asking, flag);
  ending.abort();
  await settle([reconciling], flag);
  const [audit, state, completion] = await Promise.all([
    admin.audit(capability),
    readState(admin.database, capability),
    readCompletion(admin.database, capability),
  ]);
  return { calls, audit, state, completion, flag };
}

async function askFor(capability: string, call: Call): Promise<void> {
  const { who, action, percent, version } = call;
  const more = { share: { percent }, complete: { confirm: capability } };
  const body = {
    onBehalfOf: who,
    reason: 'a test',
    ...(action in more ? more[action as keyof typeof more] : {}),
  };
  call.status = await admin.ask(capability, action, body, version);
}

/** Lets flags come through until everybody has an answer. */
async function settle(asking: Promise<void>[], flag: HeldFlag): Promise<void> {
  let answered = false;
  const all = Promise.all(asking).then(() => (answered = true));
  while (!answered) {
    flag.arrive();
    flag.see();
    await sleep(5);
  }
  await all;
}

/** What was answered 200 is there, on the version that it names; of what was refused there is nothing. */
function expectAnswersToBeTrue(calls: readonly Call[], audit: readonly AuditedChange[]): void {
  for (const { who, action, version, status } of calls) {
    const done = audit.filter((entry) => entry.who === who);
    const first = done.find((entry) => 'version' in entry.after);
    expect(version === '*' ? [428] : [200, 409, 412]).toContain(status);
    if (status === 200) expect(first).toBeDefined();
    if (first) expect(first.before['version']).toBe(version);
    // A share that was overtaken had begun; who overtook it has the last word.
    if (status !== 200) expect(action === 'share' && status === 409 ? done.slice(1) : done).toEqual([]);
  }
}

function expectOnlySeenRollBacksToEnd(audit: readonly AuditedChange[]): void {
  for (const [index, { who, before, after }] of audit.entries()) {
    if (before['rollingBack'] !== true || after['rollingBack'] !== false) continue;
    if (who === 'control plane') expect(after['wantedPercent']).toBe(0);
    else {
      const earlier = audit.slice(0, index);
      const [asked, rolledBack] = [
        earlier.findLastIndex((one) => one.who === who),
        earlier.findLastIndex(({ action }) => action === 'rollback'),
      ];
      expect(asked).toBeGreaterThan(rolledBack);
    }
  }
}

function expectNothingBesideCompletion(audit: readonly AuditedChange[]): void {
  let completing = false;
  for (const { action, after } of audit) {
    if (action === 'completion: comparing') completing = after['completion'] !== null;
    else if (action.endsWith('completion: undoing')) completing = false;
    else if (completing) expect([action, after['paused'] ?? null]).toEqual(['completing nothing else', null]);
  }
}
