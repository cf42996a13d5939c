import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { readBenchConfig } from '../support/config.js';
import { machine } from '../support/machine.js';
import { processorTime } from '../support/processor-time.js';
import { median } from '../support/quantile.js';
import { type GuardedTables, openTables } from './guarded-tables.js';
import { startDatabase } from './start-database.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    writes: { type: 'string', default: '200' },
    durability: { type: 'string', default: 'full' },
  },
});

/** What one turn of writes took, in microseconds for each row. */
interface Turn {
  elapsed: number;
  processor: number;
}

async function main(): Promise<void> {
  const environment = readBenchConfig(process.env);
  const folder = mkdtempSync(join(tmpdir(), 'bench-guard-'));
  const durability = options.durability === 'fast' ? 'fast' : 'full';
  const database = await startDatabase(folder, environment['PATH'] ?? '', durability);
  try {
    const tables = await openTables(database.adminUrl);
    console.log(
      `\n${machine()}, ${durability} durability, ${options.rounds} rounds of ${options.writes} rows\n`,
    );
    line('write', 'unguarded µs', 'guarded µs', 'ratio', 'processor µs', 'guarded processor µs', 'added µs');
    line('---', '---', '---', '---', '---', '---', '---');
    for (const kind of tables.kinds) await compare(tables, kind, database.pid);
    await tables.close();
  } finally {
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Guarded and unguarded writes take turns, so that whatever else the machine does meets both. */
async function compare(tables: GuardedTables, kind: string, pid: number): Promise<void> {
  const turns: Record<'guarded' | 'unguarded', Turn[]> = { guarded: [], unguarded: [] };
  const count = Number(options.writes);
  for (const one of ['unguarded', 'guarded'] as const) await tables.write(kind, one, count);
  for (let round = 0; round < Number(options.rounds); round += 1)
    for (const one of round % 2 === 0
      ? (['unguarded', 'guarded'] as const)
      : (['guarded', 'unguarded'] as const)) {
      const [beganAt, before] = [performance.now(), processorTime([pid]) ?? Number.NaN];
      await tables.write(kind, one, count);
      turns[one].push({
        elapsed: ((performance.now() - beganAt) * 1_000) / count,
        processor: (((processorTime([pid]) ?? Number.NaN) - before) * 1e6) / count,
      });
    }
  const elapsed = (one: 'guarded' | 'unguarded') => median(turns[one].map((turn) => turn.elapsed));
  // The clock of processor time is coarse: only the sum of many turns tells.
  const processor = (one: 'guarded' | 'unguarded') =>
    turns[one].reduce((sum, turn) => sum + turn.processor, 0) / turns[one].length;
  line(
    kind,
    elapsed('unguarded').toFixed(0),
    elapsed('guarded').toFixed(0),
    (elapsed('unguarded') / elapsed('guarded')).toFixed(2),
    processor('unguarded').toFixed(0),
    processor('guarded').toFixed(0),
    (processor('guarded') - processor('unguarded')).toFixed(0),
  );
}

function line(...cells: string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

await main();
