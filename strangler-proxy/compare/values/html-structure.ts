import type { JsonObject, JsonValue } from './json-value.js';

/** Elements without an end. */
const empty = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** Elements whose content is no markup. */
const raw = new Set(['script', 'style', 'textarea', 'title']);
/** Elements that another of the same name ends. */
const endsItself = new Set(['li', 'p', 'td', 'th', 'tr', 'option', 'dt', 'dd']);
const maxElements = 200_000;
const maxNesting = 60;

const piece =
  /<!--[\s\S]*?-->|<![^>]*>|<\?[^>]*>|<\/([a-zA-Z][^\s>/]*)[^>]*>|<([a-zA-Z][^\s>/]*)((?:"[^"]*"|'[^']*'|[^'">])*)>|[^<]+|</g;
const attribute = /([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g;

interface Element {
  tag: string;
  value: JsonObject;
  text: string;
  children: string[];
}

/**
 * The structure of an HTML or XML text as an object, so that it is compared as JSON is: attributes as `@name`, text as
 * `#text`, the order of the elements inside as `#order`, and the elements of each tag as a list. White space around text,
 * comments and the order of attributes don't count. Text that is no HTML gives some structure all the same.
 * @returns undefined when there are too many elements
 */
export function htmlStructure(text: string): JsonObject | undefined {
  const root = element('');
  const open = [root];
  let elements = 0;
  for (const [found, closing, opening, attributes = ''] of text.matchAll(piece)) {
    const inner = open.at(-1)!;
    if (closing !== undefined) close(open, closing.toLowerCase());
    else if (opening !== undefined) {
      elements += 1;
      if (elements > maxElements) return undefined;
      const tag = opening.toLowerCase();
      if (inner.tag === tag && endsItself.has(tag)) close(open, tag);
      const made = element(tag, attributes);
      addTo(open.at(-1)!, made);
      const stays = !empty.has(tag) && !attributes.endsWith('/') && open.length < maxNesting;
      if (stays) open.push(made);
    } else if (!found.startsWith('<!') && !found.startsWith('<?')) inner.text += found;
  }
  while (open.length > 0) settle(open.pop()!);
  return root.value;
}

function element(tag: string, attributes = ''): Element {
  const value = Object.create(null) as JsonObject;
  for (const [, name = '', ...texts] of attributes.matchAll(attribute))
    value[`@${name.toLowerCase()}`] = texts.find((one) => one !== undefined) ?? '';
  return { tag, value, text: '', children: [] };
}

function addTo(parent: Element, { tag, value }: Element): void {
  const list = (parent.value[tag] ??= []) as JsonValue[];
  list.push(value);
  parent.children.push(tag);
}

function close(open: Element[], tag: string): void {
  const inner = open.at(-1)!;
  if (raw.has(inner.tag) && inner.tag !== tag) return;
  const at = open.findLastIndex((one) => one.tag === tag);
  if (at <= 0) return;
  while (open.length > at) settle(open.pop()!);
}

function settle({ value, text, children }: Element): void {
  const trimmed = text.replaceAll(/\s+/g, ' ').trim();
  if (trimmed !== '') value['#text'] = trimmed;
  if (new Set(children).size > 1) value['#order'] = children.join(' ');
}
