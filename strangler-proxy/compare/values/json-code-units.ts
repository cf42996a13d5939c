export const [quote, backslash, comma, colon] = [34, 92, 44, 58];
export const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93];

/** Thrown where the code units are no JSON, or not the same JSON. It is part of the normal course: made once, it costs no
 * stack. */
export const outOfStep = new SyntaxError('not the same JSON');

/** Code units of two texts: reading them from here is several times as fast as from the texts themselves. */
export class CodeUnits {
  private bytes = Buffer.alloc(0);
  units = new Uint16Array(0);

  /** @returns where the second text begins; behind each of both stands a 0 */
  fill(one: string, other: string): number {
    const needed = one.length + other.length + 2;
    if (this.units.length < needed) {
      this.bytes = Buffer.alloc(4 * needed);
      this.units = new Uint16Array(this.bytes.buffer, this.bytes.byteOffset, 2 * needed);
    }
    const otherAt = one.length + 1;
    this.bytes.write(one, 0, 'utf16le');
    this.units[one.length] = 0;
    this.bytes.write(other, 2 * otherAt, 'utf16le');
    this.units[otherAt + other.length] = 0;
    return otherAt;
  }
}

export function skipSpace(units: Uint16Array, from: number): number {
  let at = from;
  for (;;) {
    const code = units[at]!;
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at += 1;
  }
}

export function endOfScalar(units: Uint16Array, from: number): number {
  const first = units[from]!;
  let at = from + 1;
  if (first !== quote) {
    if (!beginsWord(first)) throw outOfStep;
    while (!endsWord(units[at]!)) at += 1;
    return at;
  }
  for (;;) {
    const code = units[at]!;
    at += 1;
    if (code === quote) return at;
    if (code < 32) throw outOfStep;
    if (code === backslash) at += 1;
  }
}

/** @param from the place where a value begins @returns the place behind it */
export function endOfValue(units: Uint16Array, from: number): number {
  if (units[from] !== openBrace && units[from] !== openBracket) return endOfScalar(units, from);
  let depth = 0;
  let at = from;
  for (;;) {
    const code = units[at]!;
    if (code === quote) at = endOfScalar(units, at);
    else if (code === 0) throw outOfStep;
    else {
      at += 1;
      if (code === openBrace || code === openBracket) depth += 1;
      else if (code === closeBrace || code === closeBracket) depth -= 1;
      if (depth === 0) return at;
    }
  }
}

/** A digit, a minus, or the beginning of true, false or null. */
export function beginsWord(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 45 || code === 116 || code === 102 || code === 110;
}

/** A mark, white space, or the 0 behind a text. */
export function endsWord(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || code <= 32;
}

export function isName(name: string, units: Uint16Array, from: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let offset = 0; offset < length; offset += 1)
    if (name.charCodeAt(offset) !== units[from + offset]) return false;
  return true;
}

/** Where a text stands among code units. */
export interface PlacedText {
  text: string;
  begin: number;
}

/** Where the values of an object's members begin; of a name that comes twice, the last counts. */
export function membersAt(
  units: Uint16Array,
  from: number,
  placed: PlacedText,
): { begins: Map<string, number>; end: number } {
  const begins = new Map<string, number>();
  let at = skipSpace(units, from + 1);
  if (units[at] === closeBrace) return { begins, end: at + 1 };
  for (;;) {
    const name = stringAt(units, at, placed);
    at = skipSpace(units, endOfScalar(units, at));
    if (units[at] !== colon) throw outOfStep;
    at = skipSpace(units, at + 1);
    begins.set(name, at);
    at = skipSpace(units, endOfValue(units, at));
    if (units[at] === closeBrace) return { begins, end: at + 1 };
    if (units[at] !== comma) throw outOfStep;
    at = skipSpace(units, at + 1);
  }
}

/** The string whose opening quote stands at a place. */
export function stringAt(units: Uint16Array, from: number, { text, begin }: PlacedText): string {
  if (units[from] !== quote) throw outOfStep;
  const written = text.slice(from - begin, endOfScalar(units, from) - begin);
  return written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1);
}
