import type { FieldError } from './app-error.js';

/** Errors that are listed at most: the first few tell a client what is wrong. */
const maxErrors = 20;
/** Characters of a path that are told at most. */
const maxPath = 500;
const half = 'half of a surrogate pair, which is no character: send well-formed Unicode';

/**
 * Finds texts of a JSON value that are not well-formed Unicode (`"\ud800"`): databases would store another text in their
 * place. Names of fields count, too. The value may be nested deeply, so this does not recurse.
 * @returns an error for each of the first of them
 */
export function findBrokenText(value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const waiting: { path: string; value: unknown }[] = [{ path: '', value }];
  for (let next = waiting.pop(); next && errors.length < maxErrors; next = waiting.pop()) {
    const { path, value: one } = next;
    if (typeof one === 'string' && isBroken(one)) errors.push(errorAt(path, `must not hold ${half}`));
    if (typeof one !== 'object' || one === null) continue;
    const entries = Object.entries(one);
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
