import type { JsonObject, JsonValue } from './json-value.js';

const maxLines = 20_000;
const shapeLength = 60;

/**
 * A text of several lines as an object, so that it is compared line by line: lines are found again by their shape, which
 * is the line with its digits and ids replaced. A line that is added or removed leaves the others as they are, and a time
 * in one line makes noise in that line only.
 * @returns the text itself when it is a single line, undefined when there are too many
 */
export function textLines(text: string): JsonValue | undefined {
  const lines = text.split(/\r\n|\n|\r/, maxLines + 1);
  if (lines.length > maxLines) return undefined;
  if (lines.length === 1) return text;
  const byShape = Object.create(null) as JsonObject;
  const order: string[] = [];
  for (const line of lines) {
    const shape = shapeOf(line);
    const list = (byShape[shape] ??= []) as JsonValue[];
    list.push(line);
    order.push(shape);
  }
  return { line: byShape, order, ending: text.includes('\r\n') ? 'CRLF' : 'LF' };
}

/** A line without what changes from one to the next: digits, and words that hold digits. */
function shapeOf(line: string): string {
  return line
    .slice(0, 400)
    .replaceAll(/[\w-]*\d[\w-]*/g, '#')
    .slice(0, shapeLength);
}
