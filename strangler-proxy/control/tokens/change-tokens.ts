import { randomBytes } from 'node:crypto';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { z } from 'zod';
import { type AddedToken, type Role, roleSchema, type TokenList } from '#contracts/strangler/admin-tokens.js';
import { maxTokens } from '#contracts/strangler/retention.js';
import { AppError } from '#platform/errors/app-error.js';
import { appendEntry, type NewEntry } from '../audit/append-entry.js';
import { type Leader, write } from '../fence/fence.js';
import {
  lockListVersion,
  raiseListVersion,
  readListVersion,
  type VersionedList,
} from '../journal/list-version.js';
import { sqlInstant } from '../fence/sql-instant.js';
import { configuredName, hashOfToken } from './find-caller.js';

/** Who changes the list and why, and the version of it that they have seen. */
export interface TokenChange extends Pick<NewEntry, 'who' | 'onBehalfOf' | 'reason'> {
  expectedVersion: number;
}

const tokenList: VersionedList = { table: 'admin_token_list', of: 'tokens' };

/** Of a token's random part. */
const randomBytesOfToken = 32;

const listedRow = z.object({ name: z.string(), role: roleSchema, added_by: z.string(), added_at: z.date() });

/** All tokens by name. @param hasConfigured whether the control plane was configured with one */
export async function listTokens(
  database: Sequelize,
  hasConfigured: boolean,
  transaction: Transaction | null = null,
): Promise<TokenList> {
  const rows = await database.query('SELECT name, role, added_by, added_at FROM admin_token ORDER BY name', {
    type: QueryTypes.SELECT,
    transaction,
  });
  const added = rows.map((row) => {
    const { name, role, added_by: addedBy, added_at: addedAt } = listedRow.parse(row);
    return { name, role, addedBy, addedAt: addedAt.toISOString() };
  });
  const first = { name: configuredName, role: 'admin', addedBy: null, addedAt: null } as const;
  return {
    version: await readListVersion(database, tokenList, transaction),
    items: hasConfigured ? [first, ...added] : added,
  };
}

/**
 * Adds a token. Only its hash is kept: the answer is the one place where it is ever told.
 * @throws AppError `version_mismatch`, `invalid_state` where the name is taken or there are too many, `deposed`
 */
export function addToken(
  leader: Leader,
  { name, role }: { name: string; role: Role },
  change: TokenChange,
  hasConfigured: boolean,
): Promise<AddedToken> {
  const { database } = leader;
  const token = `strangler_${randomBytes(randomBytesOfToken).toString('base64url')}`;
  return changeList(leader, change, hasConfigured, async (transaction, { items }) => {
    if (name === configuredName || items.some((one) => one.name === name))
      throw new AppError(
        'invalid_state',
        `There is a token ${name} already: choose another name, or revoke it first`,
      );
    if (items.length >= maxTokens)
      throw new AppError(
        'invalid_state',
        `There are ${maxTokens} tokens already: revoke one that is not used any more`,
      );
    const row = {
      ...{ name, role, hash: hashOfToken(token) },
      ...{ added_by: change.who, added_at: sqlInstant(leader.clock.now()) },
    };
    await database.getQueryInterface().bulkInsert('admin_token', [row], { transaction });
    return { action: 'add token', before: null, after: { name, role } };
  }).then((list) => ({ ...list, token }));
}

/**
 * Takes a token back.
 * @throws AppError `version_mismatch`, `not_found`, `invalid_state` for the configured or the last one of an admin, `deposed`
 */
export function revokeToken(
  leader: Leader,
  name: string,
  change: TokenChange,
  hasConfigured: boolean,
): Promise<TokenList> {
  return changeList(leader, change, hasConfigured, async (transaction, { items }) => {
    if (name === configuredName && hasConfigured)
      throw new AppError(
        'invalid_state',
        `The token ${name} comes from the control plane's CONTROL_TOKEN: set another one, or none, and start it again`,
      );
    const found = items.find((one) => one.name === name);
    if (!found)
      throw new AppError(
        'not_found',
        `There is no token ${name}: "npx strangler token list" shows those that there are`,
      );
    if (!items.some((one) => one !== found && one.role === 'admin'))
      throw new AppError('invalid_state', `${name} is the last token of an admin: add another one first`);
    await leader.database.query('DELETE FROM admin_token WHERE name = ?', {
      replacements: [name],
      transaction,
    });
    return { action: 'revoke token', before: { name, role: found.role }, after: null };
  });
}

/** Changes the list while nobody else can, and audits it in the same transaction. @returns the list afterwards */
function changeList(
  leader: Leader,
  { expectedVersion, ...why }: TokenChange,
  hasConfigured: boolean,
  change: (
    transaction: Transaction,
    list: TokenList,
  ) => Promise<Pick<NewEntry, 'action' | 'before' | 'after'>>,
): Promise<TokenList> {
  const { database } = leader;
  return write(leader, async (transaction) => {
    const version = await lockListVersion(database, tokenList, transaction);
    if (version !== expectedVersion)
      throw new AppError(
        'version_mismatch',
        `The list of tokens is at version ${version}, not ${expectedVersion}: somebody has changed it. Look at it again and repeat the change`,
      );
    const entry = await change(transaction, await listTokens(database, hasConfigured, transaction));
    await raiseListVersion(database, tokenList, transaction);
    await appendEntry(database, { ...why, ...entry, capability: null, outcome: 'done' }, transaction);
    return listTokens(database, hasConfigured, transaction);
  });
}
