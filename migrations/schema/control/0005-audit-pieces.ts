import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0005-audit-pieces';

const hash = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const none = '0'.repeat(64);

/** Older entries of the audit move into pieces, each of which begins with the hash of the one before it. */
export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('audit_piece', {
    number: { type: column.count, primaryKey: true },
    first_id: { type: 'BIGINT UNSIGNED', allowNull: false },
    last_id: { type: 'BIGINT UNSIGNED', allowNull: false },
    /** Of its last entry: the next entry names it. */
    last_hash: { type: hash, allowNull: false },
    newest_at: { type: column.instant, allowNull: false },
    previous_hash: { type: hash, allowNull: false },
    /** Of the text, which begins with `previous_hash`. */
    hash: { type: hash, allowNull: false },
    /** Lines of JSON, compressed (gzip). */
    content: { type: 'MEDIUMBLOB', allowNull: false },
  });
  // What follows the oldest piece that is left: pieces that are too old are removed.
  await schema.sequelize.query(
    `ALTER TABLE audit_head
       ADD COLUMN first_piece INT UNSIGNED NOT NULL DEFAULT 1,
       ADD COLUMN first_piece_hash ${hash} NOT NULL DEFAULT '${none}',
       ADD COLUMN first_id BIGINT UNSIGNED NOT NULL DEFAULT 1,
       ADD COLUMN first_hash ${hash} NOT NULL DEFAULT '${none}'`,
  );
}
