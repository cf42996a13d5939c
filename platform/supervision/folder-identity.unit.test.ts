import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyFolder, isFolder } from './folder-identity.js';

let parent: string;
let folder: string;
let other: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'folder-identity-'));
  folder = join(parent, 'data');
  other = join(parent, 'other');
  mkdirSync(folder);
});

afterEach(() => rmSync(parent, { recursive: true }));

describe('a folder', () => {
  it('is not its copy', () => {
    cpSync(folder, other, { recursive: true });
    expect(isFolder(identifyFolder(folder), other)).toBe(false);
    expect(isFolder(identifyFolder(folder), folder)).toBe(true);
  });

  it('is the same by another path', () => {
    symlinkSync(folder, other);
    expect(identifyFolder(other)).toEqual(identifyFolder(folder));
    expect(isFolder(identifyFolder(folder), other)).toBe(true);
  });

  it('is the same after it was moved', () => {
    const before = identifyFolder(folder);
    renameSync(folder, other);
    expect(isFolder(before, other)).toBe(true);
  });

  it('counts as the same when it was replaced: programs find the replacement by its path', () => {
    const before = identifyFolder(folder);
    renameSync(folder, other);
    mkdirSync(folder);
    expect(isFolder(before, folder)).toBe(true);
  });
});
