import { z } from 'zod';
import { isAtLeast } from '#contracts/strangler/retirement.js';
import type { TakeBackRequest, VetoableRow } from '#contracts/strangler/ownership.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import { appliedTable, voidTable } from '../database/control-tables.js';
import { readRetirement } from '../state/retirement-row.js';
import { changeOwners } from './change-owners.js';
import { hasLetGo } from './heard-lately.js';
import { ownersTable, readOwners } from '../state/owner-rows.js';

const storedEpoch = z.coerce.number();

/** Up to which epoch nothing counts that the other side owned, or was given; 0 where it was never abandoned. */
export async function readVoidUpTo(connection: Connection, capability: string): Promise<number> {
  const [row] = await selectRows<{ epoch: unknown }>(
    connection,
    `SELECT epoch FROM ${voidTable} WHERE capability = ?`,
    [capability],
  );
  return row ? storedEpoch.parse(row.epoch) : 0;
}

/**
 * Gives the other side up for lost, on the side that stays: whatever that one owned, or was given, counts no more. With
 * `own`, all buckets are this side's then, with an epoch above all that the other side can have. Asked again it changes nothing.
 * @returns all rows as they are now; undefined when others held them for too long
 * @throws when an epoch here is higher already
 */
export function takeBack(
  url: string,
  capability: string,
  { voidUpTo, own }: TakeBackRequest,
): Promise<VetoableRow[] | undefined> {
  return changeOwners(url, async (connection) => {
    const rows = await readOwners(connection, capability, 'all', 'exclusive');
    if (isAtLeast(await readRetirement(connection, capability, 'shared'), 'ended'))
      throw new Error(`${capability} was completed: its buckets stay where they are`);
    if (rows.some(({ epoch, vetoed }) => Math.max(epoch, vetoed) > voidUpTo))
      throw new Error(
        `a bucket of ${capability} has a later epoch than ${voidUpTo}: it has been handed over since`,
      );
    await connection.query(
      `INSERT INTO ${voidTable} (capability, epoch, changed_at) VALUES (?, ?, UTC_TIMESTAMP(3))
       ON DUPLICATE KEY UPDATE changed_at = IF(epoch < VALUES(epoch), VALUES(changed_at), changed_at),
         epoch = GREATEST(epoch, VALUES(epoch))`,
      [capability, voidUpTo],
    );
    if (own)
      await connection.query(
        `UPDATE ${ownersTable(capability)} SET state = 'owned', epoch = ?, changed_at = UTC_TIMESTAMP(3)
         WHERE epoch < ? ORDER BY bucket`,
        [voidUpTo, voidUpTo],
      );
    return readOwners(connection, capability, 'all', 'exclusive');
  });
}

/** Whether this database has let go of everything up to that epoch, without a lock on anything. */
export async function hasLetGoOfVoid(
  connection: Connection,
  capability: string,
  voidUpTo: number,
): Promise<boolean> {
  const rows = await readOwners(connection, capability, 'all', 'plain');
  return rows.every((row) => hasLetGo(row, voidUpTo));
}

/**
 * Lets go, on the side that was abandoned, of what it owned by then, and refuses every token of that time for ever. Its
 * replica counts as not filled: it lacks what was written since, and it may have rows that nobody else has.
 * @returns the rows that were changed; undefined when others held them for too long
 */
export function letGoOfVoid(
  url: string,
  capability: string,
  voidUpTo: number,
): Promise<VetoableRow[] | undefined> {
  return changeOwners(url, async (connection) => {
    // First of all, which tells the capture that none of this is to be sent.
    await connection.query(`UPDATE ${appliedTable} SET filled = 0 WHERE capability = ?`, [capability]);
    const rows = await readOwners(connection, capability, 'all', 'exclusive');
    const old = rows.filter((row) => !hasLetGo(row, voidUpTo));
    if (old.length === 0) throw new AlreadyLetGo();
    const buckets = old.map(({ bucket }) => bucket);
    await connection.query(
      `UPDATE ${ownersTable(capability)} SET state = 'released', vetoed = ?, changed_at = UTC_TIMESTAMP(3)
       WHERE bucket IN (?) ORDER BY bucket`,
      [voidUpTo, buckets],
    );
    return readOwners(connection, capability, buckets, 'exclusive');
  }).catch((error: unknown) => {
    if (error instanceof AlreadyLetGo) return [];
    throw error;
  });
}

/** Nothing is to be changed: not the replica either, which may have been filled since. */
class AlreadyLetGo extends Error {}
