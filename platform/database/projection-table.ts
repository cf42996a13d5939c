import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from './columns.js';

/** How each projection of a schema stands. */
export const projectionsTable = 'projections';

/** Creates it; for migrations. */
export async function createProjectionsTable(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    projectionsTable,
    {
      name: { type: column.id, primaryKey: true },
      /** What is read; 0 before the first build is complete. */
      live_build: { type: column.count, allowNull: false, defaultValue: 0 },
      /** What is being built beside it; NULL where nothing is. */
      next_build: { type: column.count, allowNull: true },
      /** The highest number that a build has ever had. */
      last_build: { type: column.count, allowNull: false, defaultValue: 0 },
      /** Which step of the build under way is next, and how far it is. */
      step: { type: column.count, allowNull: false, defaultValue: 0 },
      step_after: { type: DataTypes.STRING(255), allowNull: true },
      done: { type: column.count, allowNull: false, defaultValue: 0 },
      total: { type: column.count, allowNull: false, defaultValue: 0 },
      /** What had been handled when the build began: up to there the stream is read again, if it still is this one. */
      replay_until: { type: 'BIGINT UNSIGNED', allowNull: true },
      replay_log: { type: 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin', allowNull: true },
      started_at: { type: column.instant, allowNull: true },
      built_at: { type: column.instant, allowNull: true },
      problem: { type: DataTypes.STRING(500), allowNull: true },
    },
    { charset: 'utf8mb4' },
  );
}
