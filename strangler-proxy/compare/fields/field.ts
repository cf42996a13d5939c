import { noFieldRules, type FieldRules } from '../rules/rule-book.js';
import type { ListMemory } from './list-memory.js';
import type { Watch } from './watch.js';

/** The name of a list's elements. */
export const elementName = '[]';
/** The name of all members of an object whose names are ids. */
const anyName = '{*}';

/** More names than that in one object are ids, whatever they look like; so are longer ones. */
const maxNames = 200;
const maxNameLength = 200;
const idLike = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|(?=[^\d]*\d)[\w-]{20,})$/i;

/** What a tree of fields needs to make one more. */
export interface FieldSource {
  /** @returns undefined when there are as many as there may be */
  make(name: string, parent: Field): Field | undefined;
  /** Where everything goes for which there is no room. */
  readonly overflow: Field;
}

/** One field of an endpoint's answers: one place in the tree, whatever element of a list it is in. */
export class Field {
  /** What is known of it once it has differed. */
  watch: Watch | undefined;
  list: ListMemory | undefined;
  rules: FieldRules = noFieldRules;
  /** In the order in which the first answer had them: the next one most probably has the same order. */
  readonly inOrder: Field[] = [];
  private readonly children = new Map<string, Field>();
  private element: Field | undefined;

  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly parent: Field | undefined;
  private readonly source: FieldSource;

  constructor(id: number, name: string, path: string, parent: Field | undefined, source: FieldSource) {
    this.id = id;
    this.name = name;
    this.path = path;
    this.parent = parent;
    this.source = source;
  }

  /** The field of a member of this object. */
  child(name: string): Field {
    return this.children.get(name) ?? this.addChild(name);
  }

  /** The field of this list's elements. */
  elements(): Field {
    this.element ??= this.source.make(elementName, this) ?? this.source.overflow;
    return this.element;
  }

  /** Where what differs here is taken down when there is no room for this field. */
  get overflow(): Field {
    return this.source.overflow;
  }

  private addChild(name: string): Field {
    if (this === this.source.overflow) return this;
    const isTooMuch = name.length > maxNameLength || this.children.size >= maxNames;
    const isId = name !== anyName && (isTooMuch || idLike.test(name));
    if (isId) return this.child(anyName);
    const made = this.source.make(name, this);
    if (!made) return this.source.overflow;
    this.children.set(name, made);
    this.inOrder.push(made);
    return made;
  }
}

/** A path as people write it: `body.items[].price`, `body["odd name"]`. */
export function pathOf(parent: string, name: string): string {
  if (name === elementName) return `${parent}[]`;
  if (parent === '') return name;
  return /^[\w@#$-]+$/.test(name) || name === anyName ? `${parent}.${name}` : `${parent}[${quoted(name)}]`;
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);
}
