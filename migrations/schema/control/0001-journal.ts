import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0001-journal';

/** Words of people, in any language. */
const words = 'TEXT CHARACTER SET utf8mb4';
const person = 'VARCHAR(100) CHARACTER SET utf8mb4';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('leader_term', {
    id: { type: 'TINYINT UNSIGNED', primaryKey: true },
    /** Grows with every leader: a write by an older one is refused, whatever became of its lease. */
    term: { type: column.count, allowNull: false },
    leader: { type: column.id, allowNull: false },
    taken_at: { type: column.instant, allowNull: false },
  });
  await schema.bulkInsert('leader_term', [{ id: 1, term: 0, leader: '-', taken_at: new Date() }]);
  await schema.createTable('capability_state', {
    capability: { type: column.id, primaryKey: true },
    version: { type: column.count, allowNull: false },
    /** What the flag said when it was last understood; null before that. */
    wanted_percent: { type: 'TINYINT UNSIGNED', allowNull: true },
    /** Changes of what is wanted so far. */
    run: { type: column.count, allowNull: false },
    /** All is to go back, whatever the flag says. */
    rolling_back: { type: 'TINYINT UNSIGNED', allowNull: false },
    paused_at: { type: column.instant, allowNull: true },
    paused_by: { type: person, allowNull: true },
    paused_reason: { type: words, allowNull: true },
    /** What has to be looked at by a person before anything moves again. */
    stopped_reason: { type: words, allowNull: true },
    /** Hand-overs in a row that were given up. */
    failures: { type: column.count, allowNull: false },
    next_try_at: { type: column.instant, allowNull: true },
  });
  await schema.createTable('hand_over', {
    id: { type: column.id, primaryKey: true },
    capability: { type: column.id, allowNull: false },
    from_side: { type: column.code, allowNull: false },
    to_side: { type: column.code, allowNull: false },
    run: { type: column.count, allowNull: false },
    state: { type: column.code, allowNull: false },
    /** Releases that gave up. */
    attempts: { type: column.count, allowNull: false },
    next_try_at: { type: column.instant, allowNull: true },
    /** JSON: what the last release that gave up waited for. */
    blockers: { type: words, allowNull: true },
    /** Why it was given up. */
    reason: { type: words, allowNull: true },
    begun_at: { type: column.instant, allowNull: false },
    changed_at: { type: column.instant, allowNull: false },
    closed_at: { type: column.instant, allowNull: true },
  });
  await schema.addIndex('hand_over', ['capability', 'closed_at']);
  await schema.createTable('hand_over_bucket', {
    hand_over_id: { type: column.id, primaryKey: true },
    bucket: { type: 'TINYINT UNSIGNED', primaryKey: true },
    capability: { type: column.id, allowNull: false },
    /** The owner's epoch when the hand-over was begun; the token is one more. */
    expected: { type: column.count, allowNull: false },
    outcome: { type: column.code, allowNull: true },
    /** 1 while the hand-over is open, else null, which a unique key does not compare. */
    open: { type: 'TINYINT UNSIGNED', allowNull: true },
  });
  await schema.addIndex('hand_over_bucket', ['capability', 'bucket', 'open'], {
    unique: true,
    name: 'one_open_hand_over_per_bucket',
  });
  await schema.createTable('hand_over_step', {
    id: { type: 'BIGINT UNSIGNED', primaryKey: true, autoIncrement: true },
    hand_over_id: { type: column.id, allowNull: false },
    at: { type: column.instant, allowNull: false },
    term: { type: column.count, allowNull: false },
    state: { type: column.code, allowNull: false },
    detail: { type: words, allowNull: true },
  });
  await schema.addIndex('hand_over_step', ['hand_over_id']);
}
