import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { MoveTable, Row, TableOnSide } from '#contracts/strangler/move.js';
import { inventory } from '../../../migrations/moves/inventory.js';

/** A row that is not the same on both sides; both as the service has to hold it. */
export interface StockDifference {
  key: string;
  /** Missing when only the service has the row. */
  monolith?: Row;
  /** Missing when only the monolith has the row. */
  service?: Row;
}

/**
 * Reads the stock tables of both sides, and maps the monolith's as replication does.
 * @param monolithUrl,serviceUrl `mysql://user:password@host:port/schema`, one for each side
 * @returns every row that differs, in order of product ids; empty when the sides are equal
 */
export async function compareStock(monolithUrl: string, serviceUrl: string): Promise<StockDifference[]> {
  const differences: StockDifference[] = [];
  for (const table of inventory.tables) {
    const [monolith, service] = await Promise.all([
      readRows(monolithUrl, table.monolith),
      readRows(serviceUrl, table.service),
    ]);
    differences.push(...compareRows(table, monolith, service));
  }
  return differences;
}

function compareRows(
  table: MoveTable,
  monolith: Map<string, Row>,
  service: Map<string, Row>,
): StockDifference[] {
  const keys = [...new Set([...monolith.keys(), ...service.keys()])].sort();
  return keys.flatMap((key) => {
    const source = monolith.get(key);
    const wanted = source && table.toService(source);
    const found = service.get(key);
    if (wanted && found && same(wanted, found)) return [];
    return [{ key, ...(wanted ? { monolith: wanted } : {}), ...(found ? { service: found } : {}) }];
  });
}

function same(wanted: Row, found: Row): boolean {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  return names.every((name) => wanted[name] === found[name]);
}

/** Times come as the text that the database holds: no time zone can shift them. */
async function readRows(url: string, { table, key }: TableOnSide): Promise<Map<string, Row>> {
  const connection = await createConnection({ uri: url, dateStrings: true });
  try {
    const [rows] = await connection.query<(RowDataPacket & Row)[]>(`SELECT * FROM ${table}`);
    return new Map(rows.map((row) => [key.map((column) => String(row[column])).join('/'), { ...row }]));
  } finally {
    await connection.end();
  }
}
