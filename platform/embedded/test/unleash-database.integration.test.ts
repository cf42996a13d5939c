import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** It starts a program beside it, so it is used as it is built. */
const built = pathToFileURL(
  join(import.meta.dirname, '../../../dist/platform/embedded/unleash-database/prepare-database.js'),
);

let root: string;

/** The database that is kept beside the packages is made by now: the servers of these tests have started with it. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'unleash-database-'));
  expect(await prepare('first')).toMatch(isCopied);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const isCopied = /^copied from .*node_modules.*unleash-database-\d/;

/** What was done, or the empty string for nothing. @param kept instead of the copy beside the packages */
async function prepare(name: string, kept?: string, place = placeOf(name)): Promise<string> {
  mkdirSync(join(root, name), { recursive: true });
  const code = `
    import { prepareUnleashDatabase } from ${JSON.stringify(built.href)};
    const [place, kept] = JSON.parse(process.argv[1]);
    process.stdout.write((await prepareUnleashDatabase(place, new AbortController().signal, kept ?? undefined)) ?? '');`;
  const args = ['--input-type=module', '-e', code, JSON.stringify([place, kept])];
  return (await run(process.execPath, args)).stdout;
}

function placeOf(name: string) {
  const at = (file: string) => join(root, name, file);
  return { folder: at('db'), socket: at('socket/.s.PGSQL.5432'), log: at('log') };
}

/** Tables of Unleash, and rows that could hold something of a system. */
async function contentsOf(name: string) {
  const db = await PGlite.create(placeOf(name).folder);
  const count = async (what: string) =>
    (await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${what}`)).rows[0]?.n;
  const contents = {
    migrations: await count('migrations'),
    features: await count('features'),
    tokens: await count('api_tokens'),
    people: await count('users WHERE password_hash IS NOT NULL'),
  };
  await db.close();
  return contents;
}

describe("Unleash's database", () => {
  it('is made with all tables, and without a row of a system', async () => {
    expect(await contentsOf('first')).toEqual({
      migrations: expect.any(Number),
      features: 0,
      tokens: 0,
      people: 0,
    });
  });

  it('is left alone where there is one', async () => {
    expect(await prepare('first')).toBe('');
  });

  it('replaces what an interrupted start has left', async () => {
    const { folder } = placeOf('interrupted');
    for (const left of [folder, `${folder}.new`]) mkdirSync(left, { recursive: true });
    writeFileSync(join(`${folder}.new`, 'half'), '');
    expect(await prepare('interrupted')).toMatch(isCopied);
    expect(existsSync(join(folder, 'half'))).toBe(false);
    expect(existsSync(`${folder}.new`)).toBe(false);
  });

  it('fails with the last words of the program that makes it', async () => {
    const place = { ...placeOf('refused'), socket: join(root, 'refused', 'x'.repeat(200)) };
    await expect(prepare('refused', join(root, 'none'), place)).rejects.toThrow(
      /unleash-files failed: exit code 1.*log/,
    );
    expect(existsSync(place.folder)).toBe(false);
  });
});
