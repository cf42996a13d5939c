import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { VetoableRow } from '#contracts/strangler/ownership.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { until } from '../../../tests/support/until.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import type { RunningControlPlane } from '../run-control-plane.js';
import { askSidecars, type Sidecars } from '../sides/ask-sidecars.js';
import { type ControlledSystem, startControlledSystem } from './support/controlled-system.js';

let system: ControlledSystem;
let plane: RunningControlPlane;
let sidecars: Sidecars;
const why = { reason: 'disk lost, no backup' };

beforeAll(async () => {
  system = await startControlledSystem();
  plane = await system.start();
  sidecars = askSidecars(system.replication.nats, system.capability, wideMs);
  await until('it leads', () => plane.leads());
  await change('share', { percent: 3 });
  await system.untilOwned(plane, 3);
});
afterAll(() => system.end());

const change = (action: string, more: object = {}) =>
  system.ask(plane, 'POST', `/capabilities/${system.capability}/${action}`, { ...why, ...more });
const abandon = (confirm = system.capability) => change('abandon', { side: 'service', confirm });

async function rowsOf(side: 'monolith' | 'service'): Promise<VetoableRow[]> {
  return (await sidecars.rows(side)).rows;
}

describe('a service whose database is lost', () => {
  let comeBack: () => Promise<void>;
  /** The epoch with which bucket 4 was released and never arrived. */
  let token = 0;

  it('is not abandoned without its name, nor while anything of it answers', async () => {
    expect((await abandon('yes')).body.detail).toContain('confirm it by its name');
    expect((await abandon()).body.detail).toMatch(/sidecar of \S+ answers.*strangler rollback/);
    expect((await change('abandon', { side: 'monolith', confirm: system.capability })).status).toBe(400);
    await system.cutOff('service');
    await change('share', { percent: 4 });
    await until('bucket 4 is released', async () => {
      const [row] = (await rowsOf('monolith')).filter(({ bucket }) => bucket === 4);
      token = row?.epoch ?? 0;
      return row?.state === 'released';
    });
    comeBack = await system.loseService();
    system.setReady('service', true);
    await until('its sidecar is silent', async () => (await abandon()).body.detail.includes('is ready'));
    system.setReady('service', false);
  });

  it('gives everything back to the monolith, with an epoch that is later than all', async () => {
    expect((await abandon()).status).toBe(200);
    expect((await system.look(plane)).reasons[0]).toContain('abandoned by first (admin)');
    await until('the monolith owns everything', async () =>
      (await rowsOf('monolith')).every(({ state }) => state === 'owned'),
    );
    const epochs = new Set((await rowsOf('monolith')).map(({ epoch }) => epoch));
    expect([...epochs]).toEqual([expect.any(Number)]);
    expect(Math.min(...epochs)).toBeGreaterThan(token + 100);
    await until('no hand-over is open', async () => (await system.look(plane)).openHandOvers.length === 0);
    const { recent, wanted } = await system.look(plane);
    expect(recent[0]).toMatchObject({ state: 'given-up', buckets: [{ bucket: 4, outcome: 'reopened' }] });
    expect(wanted.percent).toBe(0);
    const { body } = await system.ask(plane, 'GET', '/audit');
    expect(body.items).toContainEqual(
      expect.objectContaining({
        action: 'abandon service',
        who: 'first (admin)',
        reason: why.reason,
        outcome: 'done',
      }),
    );
  });

  it('owns nothing when it comes back with its old rows, and takes no token of before', async () => {
    await comeBack();
    const [{ epoch }] = (await rowsOf('monolith')) as [VetoableRow];
    await until('it knows', async () => (await rowsOf('service')).every(({ vetoed }) => vetoed === epoch));
    await until('the stream is applied', async () => {
      const { source, replica } = await system.replication.bothSides();
      return source.length === replica.length;
    });
    const rows = await rowsOf('service');
    expect(rows.filter(({ state }) => state === 'owned')).toEqual([]);
    // A token that is taken leaves its epoch.
    expect(rows[3]?.epoch).toBeLessThan(token);
    expect((await rowsOf('monolith')).every((row) => row.state === 'owned')).toBe(true);
    expect((await sidecars.rows('service')).filled).toBe(false);
  });

  it('lets go again when its database is put back to a backup under a sidecar that goes on', async () => {
    const { replica, move } = system.replication;
    const [{ epoch }] = (await rowsOf('monolith')) as [VetoableRow];
    await replica.query(
      `UPDATE \`${ownershipTable(move.capability)}\` SET state = 'owned', epoch = 2, vetoed = 0 WHERE bucket <= 3`,
    );
    await replica.query('UPDATE strangler_applied SET filled = 1 WHERE capability = ?', [move.capability]);
    await until('it has let go', async () =>
      (await rowsOf('service')).every(({ state, vetoed }) => state === 'released' && vetoed === epoch),
    );
    expect((await sidecars.rows('service')).filled).toBe(false);
  });

  it('is handed nothing until it is filled again, and then as ever', async () => {
    await change('share', { percent: 2 });
    await until('it is held', async () => (await system.look(plane)).state === 'held');
    expect((await system.look(plane)).reasons.join()).toMatch(
      /was abandoned: it takes buckets when it is filled again.*data backfill \S+ --to service --new-chain/,
    );
    await system.replication.askForBackfill('service', true);
    const view = await system.untilOwned(plane, 2);
    expect(view.reasons).toEqual([]);
    await change('rollback');
    await system.untilOwned(plane, 0);
  });
});
