import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columns } from '../read-records.js';

export interface OrderFiles {
  folder: string;
  /** Writes an order file with these lines under the header. */
  write(name: string, lines: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** A folder for the order files of one suite. */
export async function orderFiles(): Promise<OrderFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'orders-'));
  return {
    folder,
    write: async (name, lines) => {
      const file = join(folder, name);
      await writeFile(file, [columns.join(','), ...lines, ''].join('\n'));
      return file;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Lines of invoices 1000, 1001, ..., each of ten products, several batches of an import together. */
export function manyLines(invoices: number): string[] {
  return Array.from({ length: invoices * 10 }, (_, index) => {
    const invoice = Math.floor(index / 10);
    const product = 10_000 + ((invoice * 7 + index) % 1_500);
    return `${1000 + invoice},${product},Thing ${product},${1 + (index % 5)},01/12/2010 08:26,1.${10 + (index % 80)},${invoice % 400},UK`;
  });
}
