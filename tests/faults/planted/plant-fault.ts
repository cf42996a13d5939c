import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A change of one place in the product's build. */
export interface Change {
  /** Compiled file, relative to `dist`. */
  file: string;
  /** Text that stands in that file exactly once. */
  find: string;
  replace: string;
}

/** A mistake that somebody could make in the product. */
export interface Fault extends Change {
  name: string;
  /** Further places that change with it: one look may cover for another. */
  also?: readonly Change[];
}

/** The product in a folder of its own. */
export interface ProductCopy {
  root: string;
  remove(): void;
}

/**
 * Copies the build and plants a fault in the copy, at each of its places; all else is linked.
 * @throws when a text isn't there exactly once: then the product has changed, and the fault has to follow
 */
export function plantFault(fault: Fault): ProductCopy {
  const copy = mkdtempSync(join(tmpdir(), 'strangler-fault-'));
  for (const entry of readdirSync(root)) {
    if (entry === 'dist') cpSync(join(root, entry), join(copy, entry), { recursive: true });
    else if (!entry.startsWith('.')) symlinkSync(join(root, entry), join(copy, entry));
  }
  for (const change of [fault, ...(fault.also ?? [])]) plantChange(copy, change);
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) };
}

function plantChange(copy: string, { file: name, find, replace }: Change): void {
  const file = join(copy, 'dist', name);
  const text = readFileSync(file, 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`"${find}" stands ${found} times in ${name}, not once`);
  writeFileSync(
    file,
    text.replace(find, () => replace),
  );
}
