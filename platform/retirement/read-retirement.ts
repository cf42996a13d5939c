import { QueryTypes, type Sequelize } from 'sequelize';
import { isAtLeast, type RetirementState, retirementStates } from '#contracts/strangler/retirement.js';
import { retirementTable } from '../ownership/retirement-tables.js';

/** A part that is not simply in use. */
export interface RetiringPart {
  capability: string;
  state: RetirementState;
  /** Where it lives now, for people. */
  livesAt: string;
}

/** Every part of this database that is on its way out. */
export async function readRetirement(database: Sequelize): Promise<RetiringPart[]> {
  const rows = await database.query<RetiringPart>(
    `SELECT capability, state, lives_at AS livesAt FROM ${retirementTable}`,
    { type: QueryTypes.SELECT },
  );
  return rows.filter(({ state }) => retirementStates.includes(state));
}

/** Capabilities whose tables are this program's no more: a step of its schema that is about one of them has nothing to do. */
export async function retiredCapabilities(database: Sequelize): Promise<ReadonlySet<string>> {
  const tables = await database.query('SHOW TABLES LIKE ?', {
    replacements: [retirementTable],
    type: QueryTypes.SELECT,
  });
  if (tables.length === 0) return new Set();
  const parts = await readRetirement(database);
  return new Set(parts.filter(({ state }) => isAtLeast(state, 'ended')).map(({ capability }) => capability));
}
