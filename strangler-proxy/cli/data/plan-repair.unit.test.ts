import { describe, expect, it } from '@jest/globals';
import type { Side } from '#contracts/strangler/move.js';
import type { OwnershipAnswer } from '#contracts/strangler/ownership.js';
import type { SidecarStatus } from '#contracts/strangler/sidecar-status.js';
import type { ReplicationView } from './look-at-replication.js';
import { planRepair } from './plan-repair.js';

const well: SidecarStatus = {
  program: 'any',
  capture: { state: 'reading' },
  applier: { state: 'applying', lag: 80 },
};

function ownership(side: Side, filled = true): OwnershipAnswer {
  return { capability: 'stock', side, rows: [], filled, undurable: [] };
}

function view(changes: Partial<ReplicationView> = {}): ReplicationView {
  return {
    capability: 'stock',
    sidecars: { monolith: well, service: well },
    ownership: { monolith: ownership('monolith'), service: ownership('service') },
    owned: { monolith: 100, service: 0 },
    betweenOwners: [],
    ...changes,
  };
}

const withService = (changes: Partial<SidecarStatus>): ReplicationView =>
  view({ sidecars: { monolith: well, service: { ...well, ...changes } } });
const withMonolith = (changes: Partial<SidecarStatus>): ReplicationView =>
  view({ sidecars: { monolith: { ...well, ...changes }, service: well } });
const plan = (of: ReplicationView) => planRepair(of).map(({ what, step }) => [what, step]);

describe('the plan of a repair', () => {
  it('is empty where all is well', () => {
    expect(planRepair(view())).toEqual([]);
  });

  it('looks no further while a sidecar is silent', () => {
    const silent = view({
      sidecars: { monolith: { ...well, capture: { state: 'stopped' } }, service: undefined },
    });
    expect(plan(silent)).toEqual([['the sidecar beside the service does not answer for stock', null]]);
  });

  it('fills a replica anew whose place in the log is lost, and only then', () => {
    const lost = withMonolith({
      capture: { state: 'stopped', code: 'position_unavailable', message: 'purged' },
    });
    expect(plan(lost)).toEqual([
      [expect.stringContaining('(position_unavailable): purged'), { kind: 'new-chain', replica: 'service' }],
    ]);
    for (const code of ['other_origin', 'source_settings', 'row_too_large', 'of_tomorrow'])
      expect(plan(withMonolith({ capture: { state: 'stopped', code, message: 'why' } }))).toEqual([
        [expect.stringContaining(`(${code}): why`), null],
      ]);
  });

  it('fills anew after an id of the other side, and after changes that the log does not show', () => {
    for (const code of ['foreign_id', 'unsupported_change'])
      expect(planRepair(withService({ capture: { state: 'stopped', code, message: 'why' } }))).toEqual([
        {
          what: `the capture on the service is stopped (${code}): why`,
          mend: expect.stringMatching(/^give up the place of the replica on the monolith, and fill it anew/),
          step: { kind: 'new-chain', replica: 'monolith' },
        },
      ]);
  });

  it('leaves tables that are not safe to a person, and needs nothing more once they are', () => {
    const unsafe = withMonolith({ capture: { state: 'stopped', code: 'unsafe_table', message: 'a: b' } });
    expect(planRepair(unsafe)).toEqual([
      {
        what: 'the capture on the monolith is stopped (unsafe_table): a: b',
        mend: 'mend that: it goes on by itself some seconds later',
        step: null,
      },
    ]);
  });

  it('leaves a database that has gone back to a person, who decides before anything is filled anew', () => {
    const back = withMonolith({ capture: { state: 'stopped', code: 'source_went_back', message: 'less' } });
    const [first, ...others] = planRepair(back);
    expect(others).toEqual([]);
    expect(first?.step).toBeNull();
    expect(first?.mend).toMatch(
      /data verify stock" .* bring back at the monolith .* data backfill stock --to service --new-chain.*resume stock/,
    );
  });

  it('tells of the capture that is stopped, not of its applier that follows it', () => {
    const both = view({
      sidecars: {
        monolith: { ...well, capture: { state: 'stopped', code: 'position_unavailable', message: 'purged' } },
        service: {
          ...well,
          applier: { state: 'stopped', failure: { code: 'position_unavailable', message: 'purged' } },
        },
      },
    });
    expect(planRepair(both)).toHaveLength(1);
  });

  it('leaves a row that is refused, and two owners, to a person, and shows the row', () => {
    const refused = {
      code: 'row_refused',
      message: 'too long',
      table: 'stock_levels',
      row: { product_id: 'x' },
    };
    expect(plan(withService({ applier: { state: 'stopped', failure: refused } }))).toEqual([
      [
        expect.stringMatching(
          /applier on the service is stopped \(row_refused\): too long.*"product_id":"x"/,
        ),
        null,
      ],
    ]);
    const [two] = planRepair(
      withMonolith({ applier: { state: 'stopped', failure: { code: 'two_owners', message: 'both' } } }),
    );
    expect(two).toMatchObject({
      step: null,
      mend: expect.stringContaining('data backfill stock --to monolith --new-chain'),
    });
  });

  it('asks for changes again where nothing comes although they are read', () => {
    expect(plan(withService({ applier: { state: 'waiting', message: 'nothing comes' } }))).toEqual([
      [
        expect.stringContaining('the replica on the service hears nothing'),
        { kind: 'rewind', replica: 'service' },
      ],
    ]);
    expect(plan(withService({ applier: { state: 'starting', message: 'no database' } }))).toEqual([
      ['the applier on the service is starting: no database', null],
    ]);
    expect(plan(withMonolith({ capture: { state: 'starting', message: 'no database' } }))).toEqual([
      ['the capture on the monolith is starting: no database', null],
    ]);
  });

  it('waits for a replica that is not complete, if anybody needs it', () => {
    const unfilled = { monolith: ownership('monolith', false), service: ownership('service', false) };
    expect(plan(view({ ownership: unfilled }))).toEqual([
      [expect.stringContaining('replica on the service is not complete'), null],
    ]);
    expect(plan(view({ ownership: unfilled, owned: { monolith: 50, service: 50 } }))).toHaveLength(2);
  });

  it('names buckets that nobody owns, and who knows more', () => {
    const [half] = planRepair(view({ owned: { monolith: 98, service: 0 }, betweenOwners: [3, 4] }));
    expect(half).toMatchObject({
      what: expect.stringContaining('2 of 100 buckets are between two owners: 3, 4'),
      mend: expect.stringContaining('npx strangler owner stock'),
      step: null,
    });
  });
});
