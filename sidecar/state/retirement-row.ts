import {
  type RetirementRequest,
  type RetirementState,
  retirementStates,
} from '#contracts/strangler/retirement.js';
import { retirementTable } from '#platform/ownership/retirement-tables.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';

/** How far this database's part of a capability is retired; `open` where no row says anything. @param hold as in `readOwners` */
export async function readRetirement(
  connection: Connection,
  capability: string,
  hold: 'plain' | 'shared' = 'plain',
): Promise<RetirementState> {
  const [row] = await selectRows<{ state: string }>(
    connection,
    `SELECT state FROM ${retirementTable} WHERE capability = ?${hold === 'shared' ? ' LOCK IN SHARE MODE' : ''}`,
    [capability],
  );
  return retirementStates.find((state) => state === row?.state) ?? 'open';
}

/** Writes it down, in the transaction of this connection if there is one. */
export async function writeRetirement(
  connection: Connection,
  capability: string,
  { state, livesAt }: RetirementRequest,
): Promise<void> {
  if (state === 'open') {
    await connection.query(`DELETE FROM ${retirementTable} WHERE capability = ?`, [capability]);
    return;
  }
  await connection.query(
    `INSERT INTO ${retirementTable} (capability, state, lives_at, changed_at) VALUES (?, ?, ?, UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE state = VALUES(state), lives_at = VALUES(lives_at), changed_at = VALUES(changed_at)`,
    [capability, state, livesAt],
  );
}
