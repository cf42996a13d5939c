import { QueryTypes, type Sequelize } from 'sequelize';
import { AppError } from '#platform/errors/app-error.js';

/**
 * Makes sure that somebody can change something, and add tokens.
 * @param configured the token that the control plane was configured with
 * @throws AppError `invalid_config` where there is no token of an admin at all
 */
export async function requireAdmin(database: Sequelize, configured: string | undefined): Promise<void> {
  if (configured !== undefined) return;
  const admins = await database.query("SELECT name FROM admin_token WHERE role = 'admin' LIMIT 1", {
    type: QueryTypes.SELECT,
  });
  if (admins.length === 0)
    throw new AppError(
      'invalid_config',
      'No admin has a token, so nobody could use the control plane: set CONTROL_TOKEN to a long random text (openssl rand -hex 32), and use it to add others',
    );
}
