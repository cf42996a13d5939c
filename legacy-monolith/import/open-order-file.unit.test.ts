import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type OrderFile, withOrderFile } from './open-order-file.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads a file twice, as an import does. */
async function readTwice({ path, name }: OrderFile): Promise<string[]> {
  return [name, await readFile(path, 'utf8'), await readFile(path, 'utf8')];
}

const copies = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('strangler-orders-'));

describe('an order file', () => {
  it('is read where it is', async () => {
    const path = join(folder, 'plain.csv');
    await writeFile(path, 'a');
    expect(await withOrderFile(path, async (file) => file)).toEqual({ path, name: path });
  });

  it('may be a pipe, which is read once and is there for as long as the work takes', async () => {
    const path = join(folder, 'fifo');
    await promisify(execFile)('mkfifo', [path]);
    const before = await copies();
    const [read] = await Promise.all([withOrderFile(path, readTwice), writeFile(path, 'a,b\n')]);
    expect(read).toEqual([path, 'a,b\n', 'a,b\n']);
    expect((await copies()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it('may be standard input', async () => {
    const input = Readable.from([Buffer.from('a,'), Buffer.from('b\n')]);
    expect(await withOrderFile('-', readTwice, input)).toEqual(['standard input', 'a,b\n', 'a,b\n']);
  });

  it('leaves no copy behind when the work fails', async () => {
    let copy = '';
    const failing = withOrderFile(
      '-',
      async ({ path }) => {
        copy = path;
        throw new Error('no database');
      },
      Readable.from(['x']),
    );
    await expect(failing).rejects.toThrow('no database');
    await expect(readFile(copy)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['nowhere.csv', 'There is no file'],
    ['plain.csv/orders.csv', 'There is no file'],
    ['folder', 'is a folder, not a file'],
    ['circle', 'its symbolic links form a circle'],
    [`${'x'.repeat(300)}.csv`, 'its name is too long'],
    ['socket', 'it is a socket'],
  ])('is refused with a sentence: %s', async (name, message) => {
    await writeFile(join(folder, 'plain.csv'), 'a');
    await mkdir(join(folder, 'folder'), { recursive: true });
    await rm(join(folder, 'circle'), { force: true });
    await symlink('circle', join(folder, 'circle'));
    const server = createServer().listen(join(folder, 'socket'));
    try {
      await expect(withOrderFile(join(folder, name), readTwice)).rejects.toMatchObject({
        code: 'invalid_file',
        message: expect.stringContaining(message),
      });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('is refused where standard input breaks', async () => {
    const broken = new Readable({
      read: () => void broken.destroy(Object.assign(new Error('i/o error'), { code: 'EIO' })),
    });
    await expect(withOrderFile('-', readTwice, broken)).rejects.toMatchObject({
      code: 'invalid_file',
      message: "standard input can't be read: i/o error",
    });
  });
});
