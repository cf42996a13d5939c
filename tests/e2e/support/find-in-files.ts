import { open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Bytes that are read at a time. */
const piece = 4 * 1024 * 1024;

/**
 * Finds the files below a folder in which one of some texts stands, byte by byte: tables, logs of the database and the broker,
 * and whatever else is there.
 * @returns for each text the files, relative to the folder, without sockets and files that have gone meanwhile
 */
export async function findInFiles(folder: string, texts: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map(texts.map((text) => [text, [] as string[]]));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name);
    for (const text of await findInFile(file, texts).catch(ifGone))
      found.get(text)?.push(relative(folder, file));
  }
  return found;
}

async function findInFile(file: string, texts: readonly string[]): Promise<Set<string>> {
  const needles = texts.map((text) => ({ text, bytes: Buffer.from(text) }));
  const overlap = Math.max(...needles.map(({ bytes }) => bytes.length));
  const found = new Set<string>();
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(piece + overlap);
    for (let position = 0; ; position += piece) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      const read = buffer.subarray(0, bytesRead);
      needles.filter(({ bytes }) => read.includes(bytes)).forEach(({ text }) => found.add(text));
      if (bytesRead < buffer.length) return found;
    }
  } finally {
    await handle.close();
  }
}

function ifGone(error: NodeJS.ErrnoException): Set<string> {
  if (error.code === 'ENOENT') return new Set();
  throw error;
}
