import { beforeAll, describe, expect, it } from '@jest/globals';
import { moves } from '../../migrations/moves/index.js';
import {
  findGuardsMade,
  findTableWrites,
  type GuardMade,
  type TableWrite,
} from './support/guarded-writes.js';
import { plantedFunctions, plantedPath, plantedText } from './support/planted-writes.js';
import { readTypedSources } from './support/typed-sources.js';

/** What runs in production and could write a moved table; tests, benchmarks and models are on their own. */
const isLookedAt = (path: string) =>
  /^(contracts|deploy|extracted|legacy-monolith|migrations|platform|sidecar|strangler-proxy)\/.*\.ts$/.test(
    path,
  ) && !/\/test\/|\.test\.ts$/.test(path);

/** Capability by table, of every table that a move names on either side. */
const moved = new Map(
  moves.flatMap(({ capability, tables }) =>
    tables.flatMap(({ monolith, service }) =>
      [monolith.table, service.table].map((table) => [table, capability] as const),
    ),
  ),
);

/** Where a moved table is written without the guard, by the beginning of the path, and why that is safe. */
const exceptions: Record<string, string> = {
  'migrations/schema/':
    'A step changes rows before the programs of its version run, and what it writes travels with the log as any write.',
  'platform/ownership/ownership-table.ts':
    'Fills a table of owners, which no move names, when a step creates it.',
  'sidecar/apply/':
    'Applies what the owner has written, of the log or of a chunk: each row under the lock of its bucket, unless this side owns it.',
  'sidecar/events/outbox-rows.ts': 'Writes the outbox, which no move names.',
  'sidecar/ownership/': 'Writes the owners themselves, under their exclusive locks; no move names them.',
};

/** Who makes a guarded transaction, and how it knows that it is one. */
const guards: Record<string, string> = {
  'platform/database/guarded.ts': 'says what a guarded transaction is',
  'platform/ownership/guard-beside.ts': 'holds the row of the bucket, beside a transaction that does',
  'platform/ownership/guard-keys.ts': 'holds the rows of the buckets',
  'platform/ownership/guard-writes.ts': 'says that there is nothing to hold of what does not move',
  'platform/ownership/hold-at-once.ts': 'holds the row of the bucket, if nobody else wants it',
};

const excepted = (path: string) => Object.keys(exceptions).filter((start) => path.startsWith(start));
const capabilities = new Set(moved.values());

describe('a write of a moved table', () => {
  let writes: TableWrite[];
  let made: GuardMade[];

  beforeAll(() => {
    const sources = readTypedSources(isLookedAt, { [plantedPath]: plantedText });
    writes = findTableWrites(sources, moved);
    made = findGuardsMade(sources);
  });

  const describeWrite = ({ path, line, tables }: TableWrite) =>
    `${path}:${line} writes ${tables.length > 3 ? 'a table that is named at run time' : tables.join(' or ')}: ` +
    'pass it a transaction that guardKeys, holdKey or holdKeys of platform/ownership has returned';

  it('stands behind the guard of its capability', () => {
    const unguarded = writes.filter(
      ({ path, guarded }) => !guarded && path !== plantedPath && excepted(path).length === 0,
    );
    expect(unguarded.map(describeWrite)).toEqual([]);
  });

  it('is found for every table that moves', () => {
    const guarded = writes.filter((write) => write.guarded && write.path !== plantedPath);
    const found = new Set(guarded.flatMap(({ tables }) => tables));
    expect([...moved.keys()].filter((table) => !found.has(table))).toEqual([]);
    expect(guarded.length).toBeGreaterThan(40);
  });

  it('is found wherever it is planted', () => {
    const planted = plantedFunctions().filter(({ kind }) => kind === 'faulty');
    const unguarded = writes.filter(({ guarded }) => !guarded);
    expect(planted.filter(({ from, to }) => !isFound(unguarded, from, to))).toEqual([]);
    expect(planted.length).toBeGreaterThan(15);
  });

  it('is not suspected where it is guarded, or is none', () => {
    const innocent = plantedFunctions().filter(({ kind }) => kind === 'innocent');
    const unguarded = writes.filter(({ guarded }) => !guarded);
    expect(innocent.filter(({ from, to }) => isFound(unguarded, from, to))).toEqual([]);
    expect(innocent.filter(({ from, to }) => isFound(made, from, to))).toEqual([]);
  });

  it('has no exception that is not needed', () => {
    const needed = new Set(writes.filter(({ guarded }) => !guarded).flatMap(({ path }) => excepted(path)));
    expect(Object.keys(exceptions).filter((start) => !needed.has(start))).toEqual([]);
  });

  it('is guarded by nobody but the guards', () => {
    const forged = made.filter(
      ({ path, by, capability }) =>
        path !== plantedPath && !(path in guards) && !(by.includes('nmoved') && isUnmoved(capability)),
    );
    expect(forged).toEqual([]);
    const used = new Set(made.map(({ path }) => path));
    expect(Object.keys(guards).filter((path) => !used.has(path))).toEqual([]);
  });

  it('is found wherever its guard is forged', () => {
    const planted = plantedFunctions().filter(({ kind }) => kind === 'forged');
    const forged = made.filter(({ by, capability }) => !(by.includes('nmoved') && isUnmoved(capability)));
    expect(planted.filter(({ from, to }) => !isFound(forged, from, to))).toEqual([]);
    expect(planted).toHaveLength(4);
  });
});

function isUnmoved(capability: string | undefined): boolean {
  return capability !== undefined && !capabilities.has(capability);
}

function isFound(places: readonly { path: string; line: number }[], from: number, to: number): boolean {
  return places.some(({ path, line }) => path === plantedPath && line >= from && line <= to);
}
