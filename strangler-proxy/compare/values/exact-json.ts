import { ExactNumber, type JsonObject, type JsonValue } from './json-value.js';

/**
 * Finds a number, outside of a string or not, that JavaScript might write otherwise than it stands in the text: with an
 * exponent, with a 0 at the end of its fraction, with more than 15 digits, a very small one, or a negative zero.
 */
const mayBeInexact =
  /(?:^|[:,[\s])-?(?:0(?=[\s,}\]]|$)(?<=-0)|\d+\.\d*0(?=[\s,}\]]|$)|\d+(?:\.\d+)?[eE]|(?:\d\.?){16}|0\.0{6})/;

/**
 * Reads a JSON text, and keeps numbers as they are written.
 * @throws SyntaxError for a text that is no JSON
 */
export function parseExactly(text: string): JsonValue {
  if (!mayBeInexact.test(text)) return JSON.parse(text) as JsonValue;
  return new ExactReader(text).read();
}

/** A number as JavaScript has it, if it would write it in the same way. */
export function numberOf(text: string): number | ExactNumber {
  const value = Number(text);
  return String(value) === text ? value : new ExactNumber(text);
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const stringPattern = /"(?:[^"\\]|\\.)*"/sy;
const spacePattern = /[ \t\n\r]*/y;
const words: readonly [string, JsonValue][] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

type Open = { list: JsonValue[] } | { object: JsonObject; name: string };

/** A parser with a stack of its own, so that no nesting is too deep for it. */
class ExactReader {
  private at = 0;
  private readonly open: Open[] = [];

  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(): JsonValue {
    for (;;) {
      const value = this.begin();
      const whole = value === undefined ? undefined : this.finish(value);
      if (whole === undefined) continue;
      if (this.peek() !== '') throw this.unexpected();
      return whole;
    }
  }

  /** Reads a value, or opens a list or an object that is not empty and returns nothing. */
  private begin(): JsonValue | undefined {
    const next = this.peek();
    if (next === '"') return this.string();
    if (next === '[') {
      this.at += 1;
      if (this.take(']')) return [];
      this.open.push({ list: [] });
      return undefined;
    }
    if (next === '{') {
      this.at += 1;
      if (this.take('}')) return {};
      this.open.push({ object: Object.create(null) as JsonObject, name: this.name() });
      return undefined;
    }
    const word = words.find(([name]) => this.text.startsWith(name, this.at));
    if (!word) return numberOf(this.match(numberPattern));
    this.at += word[0].length;
    return word[1];
  }

  /** Puts a value where it belongs, and closes what ends behind it. @returns the whole, once all is closed */
  private finish(value: JsonValue): JsonValue | undefined {
    let done = value;
    for (;;) {
      const inner = this.open.at(-1);
      if (!inner) return done;
      if ('list' in inner) {
        inner.list.push(done);
        if (this.take(',')) return undefined;
        this.need(']');
        done = inner.list;
      } else {
        inner.object[inner.name] = done;
        if (this.take(',')) {
          inner.name = this.name();
          return undefined;
        }
        this.need('}');
        done = inner.object;
      }
      this.open.pop();
    }
  }

  private name(): string {
    if (this.peek() !== '"') throw this.unexpected();
    const name = this.string();
    this.need(':');
    return name;
  }

  private string(): string {
    return JSON.parse(this.match(stringPattern)) as string;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found === undefined) throw this.unexpected();
    this.at += found.length;
    return found;
  }

  /** The next character that is no white space; empty at the end. */
  private peek(): string {
    this.match(spacePattern);
    return this.text.charAt(this.at);
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  private need(character: string): void {
    if (!this.take(character)) throw this.unexpected();
  }

  private unexpected(): SyntaxError {
    return new SyntaxError(`unexpected character at ${this.at}`);
  }
}
