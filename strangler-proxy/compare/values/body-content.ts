import { createHash } from 'node:crypto';
import { parseExactly } from './exact-json.js';
import { htmlStructure } from './html-structure.js';
import type { JsonValue } from './json-value.js';
import { textLines } from './text-lines.js';

/** What a body is, by its content, in a form that can be compared field by field. */
export interface Content {
  kind: 'nothing' | 'JSON' | 'HTML' | 'text' | 'binary';
  value: JsonValue;
}

/** Longest text that is taken apart into lines or elements, in characters; a longer one is compared by its hash. */
const maxStructured = 4_000_000;

const binary = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/;

/** Reads a body by its content: what the header says of it is compared elsewhere. */
export function contentOf(body: string): Content {
  if (body === '') return { kind: 'nothing', value: null };
  const start = body.trimStart().slice(0, 200);
  if (/^["{[\dtfn-]/.test(start)) {
    try {
      return { kind: 'JSON', value: parseExactly(body) };
    } catch {
      // It only begins as JSON does: what it is, the next lines say.
    }
  }
  if (binary.test(body)) return { kind: 'binary', value: hashOf(body) };
  if (body.length > maxStructured) return { kind: 'text', value: hashOf(body) };
  if (/^<(?:!doctype|\?xml|!--|[a-z][\w:.-]*[\s/>])/i.test(start))
    return { kind: 'HTML', value: htmlStructure(body) ?? hashOf(body) };
  return { kind: 'text', value: textLines(body) ?? hashOf(body) };
}

function hashOf(body: string): JsonValue {
  return { length: body.length, sha256: createHash('sha256').update(body).digest('hex') };
}
