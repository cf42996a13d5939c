import {
  backslash,
  beginsWord,
  CodeUnits,
  endsWord,
  openBrace,
  openBracket,
  outOfStep,
  type PlacedText,
  quote,
  skipSpace,
} from '../values/json-code-units.js';

/** One for all comparisons: each has read what it needs of it before the next begins. */
const codeUnits = new CodeUnits();

/** Two JSON texts that are read side by side, a piece of each at a time. */
export class TextPair {
  protected at = 0;
  protected otherAt: number;
  /** Both texts, one behind the other. */
  protected readonly units: Uint16Array;
  protected readonly control: PlacedText;
  protected readonly other: PlacedText;

  constructor(control: string, other: string) {
    const otherBegin = codeUnits.fill(control, other);
    this.control = { text: control, begin: 0 };
    this.other = { text: other, begin: otherBegin };
    this.otherAt = otherBegin;
    this.units = codeUnits.units;
  }

  /** What was read of control since a place, and of the other text. */
  protected controlFrom(begin: number): string {
    return this.control.text.slice(begin, this.at);
  }

  protected otherFrom(begin: number): string {
    return this.other.text.slice(begin - this.other.begin, this.otherAt - this.other.begin);
  }

  protected isAtEnd(): boolean {
    return this.at === this.control.text.length && this.otherAt === this.other.begin + this.other.text.length;
  }

  /** Passes over a string that is the same in both. @returns false, and stays, where they differ */
  protected sameString(): boolean {
    const { units } = this;
    let [at, otherAt] = [this.at + 1, this.otherAt + 1];
    if (units[this.otherAt]! !== quote) return false;
    for (;;) {
      const code = units[at]!;
      if (code !== units[otherAt]!) return false;
      at += 1;
      otherAt += 1;
      if (code === quote) break;
      // No text goes on behind its end, and no string holds a control character.
      if (code < 32) throw outOfStep;
      if (code !== backslash) continue;
      if (units[at]! !== units[otherAt]!) return false;
      at += 1;
      otherAt += 1;
    }
    this.at = at;
    this.otherAt = otherAt;
    return true;
  }

  /** The same of a number, true, false or null. */
  protected sameWord(): boolean {
    const { units } = this;
    let [at, otherAt] = [this.at, this.otherAt];
    if (!beginsWord(units[at]!)) throw outOfStep;
    for (;;) {
      const [code, otherCode] = [units[at]!, units[otherAt]!];
      const [ends, otherEnds] = [endsWord(code), endsWord(otherCode)];
      if (ends && otherEnds) break;
      if (ends || otherEnds || code !== otherCode) return false;
      at += 1;
      otherAt += 1;
    }
    this.at = at;
    this.otherAt = otherAt;
    return true;
  }

  /** Skips white space in both. @returns the next character, which is the same kind of beginning in both */
  protected space(): number {
    this.skipSpaces();
    const next = this.units[this.at]!;
    const otherNext = this.units[this.otherAt]!;
    if (next === otherNext) return next;
    const opens = (code: number) => code === openBrace || code === openBracket;
    if (opens(next) || opens(otherNext)) throw outOfStep;
    return next;
  }

  protected skipSpaces(): void {
    this.at = skipSpace(this.units, this.at);
    this.otherAt = skipSpace(this.units, this.otherAt);
  }

  /** Does this mark come next in both? */
  protected isAt(mark: number): boolean {
    return this.units[this.at] === mark && this.units[this.otherAt] === mark;
  }

  /** Takes a mark that stands in both. */
  protected take(mark: number): boolean {
    if (this.isAt(mark)) {
      this.at += 1;
      this.otherAt += 1;
      return true;
    }
    this.skipSpaces();
    const isHere = this.units[this.at]! === mark;
    if (isHere !== (this.units[this.otherAt]! === mark)) throw outOfStep;
    if (!isHere) return false;
    this.at += 1;
    this.otherAt += 1;
    return true;
  }

  protected need(mark: number): void {
    if (!this.take(mark)) throw outOfStep;
  }
}
