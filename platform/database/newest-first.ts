import { type Model, type ModelStatic, Op, type WhereOptions } from 'sequelize';
import { z } from 'zod';
import { idSchema, timestampSchema } from '#contracts/http/fields.js';
import { decodeCursor, type Page, pageOf } from '#platform/http/page.js';

/**
 * Reads one page of a table, newest first. Rows of the same millisecond are ordered by id, so that pages
 * neither repeat nor skip a row whatever is written between them.
 * @param id attribute of the primary key; the table needs an index on `created_at` and it
 */
export async function readNewestFirst<Row extends Model & { createdAt: Date }>(
  table: ModelStatic<Row>,
  id: keyof Row & string,
  where: Record<string, unknown>,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Row>> {
  const behind = decodeCursor(cursor, z.tuple([timestampSchema, idSchema]));
  const conditions = behind === undefined ? [where] : [where, olderThan(id, ...behind)];
  const rows = await table.findAll({
    where: { [Op.and]: conditions } as WhereOptions,
    order: [
      ['createdAt', 'DESC'],
      [id, 'DESC'],
    ],
    limit: limit + 1,
  });
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => [row.createdAt.toISOString(), row[id]],
  );
}

/** `createdAt <= T` stands apart from the rest so that the server finds its place in the index. */
function olderThan(id: string, createdAt: string, lastId: string) {
  const at = new Date(createdAt);
  return {
    createdAt: { [Op.lte]: at },
    [Op.or]: [{ createdAt: { [Op.lt]: at } }, { [id]: { [Op.lt]: lastId } }],
  };
}
