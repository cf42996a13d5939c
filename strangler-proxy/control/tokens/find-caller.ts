import { createHash, timingSafeEqual } from 'node:crypto';
import { QueryTypes, type Sequelize } from 'sequelize';
import { z } from 'zod';
import { type Role, roleSchema } from '#contracts/strangler/admin-tokens.js';
import type { Caller } from '#platform/http/route.js';
import { coalesce } from './coalesce.js';

/** A caller of the admin API: name and role of its token. */
export interface AdminCaller extends Caller {
  role: Role;
}

/** Finds whose token this is; undefined for one that nobody has. */
export type FindCaller = (shown: string) => Promise<AdminCaller | undefined>;

/** Name of the token that the control plane is configured with: no other one is called so. */
export const configuredName = 'first';

const tokenRow = z.object({ name: z.string(), role: roleSchema, hash: z.string().length(64) });

/**
 * Looks among the configured token, which needs no database, and those in the table. The table is read for each token that is
 * shown, so that a revoked one is refused at once by every instance; requests that wait at the same time share one reading.
 * @param configured undefined where the control plane has none
 * @param isSame compares two hashes in constant time
 */
export function findCallers(
  database: Sequelize,
  configured: string | undefined,
  isSame: typeof timingSafeEqual = timingSafeEqual,
): FindCaller {
  const first = configured === undefined ? undefined : digestOf(configured);
  const readAll = coalesce(async () => {
    const rows = await database.query('SELECT name, role, hash FROM admin_token', {
      type: QueryTypes.SELECT,
    });
    return rows.map((row) => tokenRow.parse(row));
  });
  return async (shown) => {
    const digest = digestOf(shown);
    if (first && isSame(digest, first)) return { name: configuredName, role: 'admin' };
    let found: AdminCaller | undefined;
    // All are compared, each in constant time: how long it takes tells nothing of the hashes.
    for (const { name, role, hash } of await readAll())
      if (isSame(digest, Buffer.from(hash, 'hex'))) found = { name, role };
    return found;
  };
}

/** SHA-256 of a token in hex, as the table keeps it. */
export function hashOfToken(token: string): string {
  return digestOf(token).toString('hex');
}

/** Who it was, for the audit: no token's name has a blank or a parenthesis. */
export function actorOf({ name, role }: AdminCaller): string {
  return `${name} (${role})`;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
