import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A mistake that somebody could make in the product, as a change of its build. */
export interface Fault {
  name: string;
  /** Compiled file, relative to `dist`. */
  file: string;
  /** Text that stands in that file exactly once. */
  find: string;
  replace: string;
}

/** The product in a folder of its own. */
export interface ProductCopy {
  root: string;
  remove(): void;
}

/**
 * Copies the build and plants a fault in the copy; all else is linked.
 * @throws when the text isn't there exactly once: then the product has changed, and the fault has to follow
 */
export function plantFault(fault: Fault): ProductCopy {
  const copy = mkdtempSync(join(tmpdir(), 'strangler-fault-'));
  for (const entry of readdirSync(root)) {
    if (entry === 'dist') cpSync(join(root, entry), join(copy, entry), { recursive: true });
    else if (!entry.startsWith('.')) symlinkSync(join(root, entry), join(copy, entry));
  }
  const file = join(copy, 'dist', fault.file);
  const text = readFileSync(file, 'utf8');
  const found = text.split(fault.find).length - 1;
  if (found !== 1) throw new Error(`"${fault.find}" stands ${found} times in ${fault.file}, not once`);
  writeFileSync(
    file,
    text.replace(fault.find, () => fault.replace),
  );
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
