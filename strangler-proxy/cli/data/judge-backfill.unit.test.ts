import { describe, expect, it } from '@jest/globals';
import type { SidecarStatus } from '#contracts/strangler/sidecar-status.js';
import { BackfillJudge } from './judge-backfill.js';

type Applier = SidecarStatus['applier'];

const backfill = (complete: boolean) =>
  ({ capability: 'stock', side: 'service', complete, tables: [] }) satisfies Applier['backfill'];
const applying = (chain: string, complete: boolean): Applier => ({
  ...{ state: 'applying', position: { chain }, backfill: backfill(complete) },
});
const stopped = (chain: string, complete: boolean, message = 'the log was purged'): Applier => ({
  ...{ state: 'stopped', position: { chain: 'old' }, backfill: backfill(complete) },
  failure: { code: 'log_purged', message, position: { chain } },
});
/** Verdicts on looks, each at its second. */
const judge = (newChain: boolean, before: Applier | undefined, ...looks: [number, Applier | undefined][]) => {
  const judging = new BackfillJudge(newChain, before, 0);
  return looks.map(([second, applier]) => judging.judge(applier, second * 1_000));
};

describe('a backfill with a new chain of a stopped replica', () => {
  const before = stopped('old', true);

  it('goes on while the sidecar still says what stopped it before, and ends when it is complete', () => {
    expect(
      judge(true, before, [2, before], [4, before], [12, stopped('old', false)], [50, stopped('old', false)]),
    ).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
    expect(
      judge(
        true,
        before,
        [2, before],
        [9, stopped('old', false)],
        [11, applying('new', false)],
        [13, applying('new', true)],
      ),
    ).toEqual(['waiting', 'waiting', 'waiting', 'complete']);
  });

  it('has failed once it is stopped in the new chain, and stays so', () => {
    const again = stopped('new', false, 'a row was refused');
    expect(judge(true, before, [2, before], [4, again], [6, again], [14, again])).toEqual([
      ...['waiting', 'waiting', 'waiting', 'stopped'],
    ]);
  });

  it('has not failed where the stop passes, or becomes another', () => {
    const [one, other] = [stopped('new', false, 'one'), stopped('new', false, 'other')];
    expect(
      judge(true, before, [2, one], [10, applying('new', false)], [13, one], [22, other], [31, other]),
    ).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'waiting']);
  });

  it('is requested again where a restarted sidecar has lost the request', () => {
    expect(judge(true, before, [2, before], [4, undefined], [16, before])).toEqual([
      ...['waiting', 'waiting', 'ask again'],
    ]);
    expect(judge(true, applying('old', true), [16, applying('old', true)])).toEqual(['ask again']);
  });

  it('has failed where it never begins', () => {
    expect(judge(true, before, [2, before], [62, before]).at(-1)).toBe('stopped');
  });

  it('is not complete since the old chain was', () => {
    expect(
      judge(true, applying('old', true), [2, applying('old', true)], [14, applying('old', true)]),
    ).toEqual(['waiting', 'waiting']);
  });

  it('is followed to the end through the new chain of another operator', () => {
    expect(
      judge(
        true,
        before,
        [2, stopped('mine', false)],
        [4, applying('theirs', false)],
        [6, applying('theirs', true)],
      ),
    ).toEqual(['waiting', 'waiting', 'complete']);
  });

  it('is judged without the state before, too', () => {
    expect(judge(true, undefined, [2, before], [12, before])).toEqual(['waiting', 'stopped']);
    expect(judge(true, undefined, [2, applying('new', false)], [4, applying('new', true)]).at(-1)).toBe(
      'complete',
    );
  });
});

describe('a backfill in the same chain', () => {
  it('has failed where the replica stays stopped', () => {
    const before = stopped('old', true);
    expect(judge(false, before, [2, before], [4, before], [12, before])).toEqual([
      ...['waiting', 'waiting', 'stopped'],
    ]);
  });

  it('is complete once it was seen incomplete, or after a while', () => {
    const [before, during] = [applying('old', true), applying('old', false)];
    expect(judge(false, before, [2, before], [4, during], [6, before])).toEqual([
      ...['waiting', 'waiting', 'complete'],
    ]);
    expect(judge(false, before, [2, before], [16, before])).toEqual(['waiting', 'complete']);
  });
});
