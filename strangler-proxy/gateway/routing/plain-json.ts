/**
 * Whether a body can mean one thing only to whoever reads it: UTF-8, not compressed, and of one type. A program may read another
 * character set than we do (`charset=utf-7`), or unpack what we see packed, and would find other keys in it.
 * @param rawHeaders names and values in turn, as they came
 */
export function isPlainJson(rawHeaders: readonly string[]): boolean {
  let types = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (name === 'content-encoding' && value.trim().toLowerCase() !== 'identity') return false;
    if (name === 'content-type') {
      types += 1;
      if (types > 1 || !isUtf8Type(value)) return false;
    }
  }
  return true;
}

/** Every `charset` that stands anywhere in it, however it is written, has to be UTF-8. */
function isUtf8Type(type: string): boolean {
  const charsets = [...type.matchAll(/charset[^=]*=\s*"?([^\s";,]*)/gi)];
  return charsets.every(([, name = '']) => /^(utf-?8|us-ascii)$/i.test(name));
}
