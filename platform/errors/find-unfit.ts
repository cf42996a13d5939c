import type { FieldError } from './app-error.js';

/** Errors that are listed at most: the first few tell a client what is wrong. */
const maxErrors = 20;
/** Characters of a path that are told at most. */
const maxPath = 500;
/** Fields of an object, elements of an array. Nothing in a contract has more, and each would be looked at, and may be an error. */
const maxEntries = 1_000;
/** Values in all. */
const maxValues = 20_000;
const half = 'half of a surrogate pair, which is no character: send well-formed Unicode';

/**
 * Finds what no schema has to see of a JSON value: more values than a request can mean, which would keep the program busy
 * for seconds; and texts that are not well-formed Unicode (`"\ud800"`), in whose place databases would store others. Names
 * of fields count, too. The value may be nested deeply, so this does not recurse.
 * @returns an error for each of the first of them
 */
export function findUnfit(value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const waiting: { path: string; value: unknown }[] = [{ path: '', value }];
  let values = 0;
  for (let next = waiting.pop(); next && errors.length < maxErrors; next = waiting.pop()) {
    const { path, value: one } = next;
    values += 1;
    if (values > maxValues) return [errorAt('', `must not hold more than ${maxValues} values`)];
    if (typeof one === 'string' && isBroken(one)) errors.push(errorAt(path, `must not hold ${half}`));
    if (typeof one !== 'object' || one === null) continue;
    const entries = Object.entries(one);
    if (entries.length > maxEntries)
      return [errorAt(path, `must not have more than ${maxEntries} entries; it has ${entries.length}`)];
    if (entries.some(([name]) => isBroken(name)))
      errors.push(errorAt(path, `must not have a field whose name holds ${half}`));
    for (const [name, inner] of entries.reverse())
      waiting.push({ path: path === '' ? name : `${path}.${name}`, value: inner });
  }
  return errors;
}

function errorAt(path: string, message: string): FieldError {
  return { path: path.slice(0, maxPath), message };
}

function isBroken(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
