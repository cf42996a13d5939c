import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { explainFileError } from './explain-file-error.js';
import { prepareDataFolder } from './prepare-data-folder.js';
import { writeFileAtomically } from './write-file-atomically.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-file-error-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** As Node reports it. */
function refusal(code: string, path: string | undefined, syscall = 'open'): Error {
  return Object.assign(new Error(`${code}: refused`), {
    code,
    syscall,
    ...(path === undefined ? {} : { path }),
  });
}

const sentenceFor = (...args: Parameters<typeof refusal>) => explainFileError(refusal(...args)).message;

/** A folder of another user, and that user: for root, one that it gives away; the machine's own for everybody else. */
function foreignFolder(): { path: string; owner: string } {
  if (process.getuid?.() !== 0) return { path: '/etc', owner: 'root' };
  const path = join(folder, 'foreign');
  mkdirSync(path);
  chownSync(path, 4_242_424, 4_242_424);
  return { path, owner: '4242424' };
}

describe('a refusal of the operating system', () => {
  it.each(['EACCES', 'EPERM'])('names the owner of a folder of another user, and what to do: %s', (code) => {
    const { path, owner } = foreignFolder();
    const user = userInfo().username;
    expect(sentenceFor(code, path)).toBe(
      `${path} can't be used, because it belongs to the user ${owner} and you are ${user}: start as ${owner}, ` +
        `take the data folder over with "sudo chown -R ${user} FOLDER", or name another folder with --data-dir`,
    );
    expect(sentenceFor(code, join(path, 'new/data'))).toContain(
      `${path}/new/data can't be created, because ${path} belongs to the user ${owner}`,
    );
  });

  it('names the permissions where the folder is the own one', () => {
    expect(sentenceFor('EACCES', join(folder, 'data'))).toContain(`check the permissions of ${folder}`);
  });

  it.each([
    ['EROFS', 'its file system is read-only'],
    ['ENOSPC', 'the disk is full: free some space'],
    ['EDQUOT', 'your quota is used up: free some space'],
    ['ENAMETOOLONG', 'is longer than a path may be'],
  ])('is a sentence that names the file: %s', (code, reason) => {
    const file = join(folder, 'secrets.json');
    const sentence = sentenceFor(code, file);
    expect(sentence).toContain(file);
    expect(sentence).toContain(reason);
    expect(sentence).toContain('--data-dir');
  });

  it('stays as it is where it is not about a file of ours', () => {
    expect(sentenceFor('EACCES', '/usr/sbin/mysqld', 'spawn /usr/sbin/mysqld')).toBe('EACCES: refused');
    expect(sentenceFor('EACCES', undefined, 'listen')).toBe('EACCES: refused');
    expect(explainFileError('text').message).toBe('text');
  });
});

describe('a data folder', () => {
  it('is created, with the folders above it', () => {
    const path = join(folder, 'a/b');
    prepareDataFolder(path);
    prepareDataFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('is refused with a sentence when it is a file, lies below one, or is a link to nowhere', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const refused = (what: string) => `${what} is a file or a broken link, not a folder: name another folder`;
    for (const path of [file, join(file, 'data')])
      expect(() => prepareDataFolder(path)).toThrow(refused(file));
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'nowhere'), link);
    expect(() => prepareDataFolder(link)).toThrow(refused(link));
  });

  it('is refused with a sentence when its path is too long', () => {
    expect(() => prepareDataFolder(join(folder, 'x'.repeat(300)))).toThrow('is longer than a path may be');
  });
});

describe('a file that can not be written', () => {
  it('is named, and nothing is left of the attempt', () => {
    const file = join(folder, 'ports.json');
    mkdirSync(join(file, 'full'), { recursive: true });
    expect(() => writeFileAtomically(file, '{}')).toThrow(expect.objectContaining({ path: file }));
    expect(readdirSync(folder)).toEqual(['ports.json']);
  });
});
