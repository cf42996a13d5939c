import type { StoredProgram } from '../database/stored-programs.js';
import { type StoredStep, stepsOf } from './stored-steps.js';

/** What a stored text can reach on its server. */
export interface Reach {
  movedTables: readonly string[];
  programs: readonly StoredProgram[];
  /** Whether this account sees all triggers of a schema. */
  seesTriggersOf(schema: string): boolean;
}

/** A text, and the schema in which names without one are looked up. */
interface StoredText {
  schema: string;
  text: string;
}

/** Something that a text names. */
interface Target {
  schema: string;
  name: string;
  /** The text names its schema, too. */
  qualified: boolean;
}

interface Walk extends Reach {
  /** Texts that have been looked at: a circle leads nowhere else. */
  seen: Set<string>;
  /** Names of all that was met. */
  names: Set<string>;
}

/** What comes of following a trigger. */
export interface Followed {
  /** What it does, such as "writes stock, a table that is moved"; undefined where it writes no moved table. */
  write: string | undefined;
  /** Names, in lower case, of what it writes, calls and reads: when one of them is defined anew, this has to be found anew. */
  names: ReadonlySet<string>;
}

/** Our own routines write nothing, whether this account may read them or not. */
const ours = /^strangler_/;

/**
 * How a trigger comes to write a moved table: by itself, by a view, a function, or another table's trigger, over as many of
 * them as there are. What can't be read, or can't be judged, counts as such a write.
 */
export function followTrigger(start: StoredText, reach: Reach): Followed {
  const walk: Walk = { ...reach, seen: new Set(), names: new Set() };
  return { write: follow(walk, start), names: walk.names };
}

function follow(walk: Walk, { schema, text }: StoredText): string | undefined {
  const known = `${schema} ${text}`;
  if (walk.seen.has(known)) return undefined;
  walk.seen.add(known);
  return firstOf(stepsOf(text), (step) => {
    if (step.does === 'hides') return `${step.how}, which may write tables that are moved`;
    const target = targetOf(step, schema);
    walk.names.add(target.name.toLowerCase());
    if (step.does === 'writes') return written(walk, target);
    return step.does === 'calls' ? called(walk, target) : read(walk, target);
  });
}

function written(walk: Walk, table: Target): string | undefined {
  // In whatever schema: another sidecar may capture it there.
  const moved = walk.movedTables.find((one) => same(one, table.name));
  if (moved !== undefined) return `writes ${moved}, a table that is moved`;
  const view = programOf(walk, 'view', table);
  if (view) return through(`writes the view ${view.name}`, view, (text) => writtenByView(walk, text));
  if (!walk.seesTriggersOf(table.schema))
    return `writes ${table.schema}.${table.name}, whose triggers the sidecar's account can't see`;
  const triggers = walk.programs.filter(
    (one) => one.kind === 'trigger' && same(one.schema, table.schema) && same(one.table ?? '', table.name),
  );
  return firstOf(triggers, (trigger) =>
    through(`writes ${table.name} with its trigger ${trigger.name}`, trigger, (text) => follow(walk, text)),
  );
}

/** All tables of a view count as written. The server keeps a view's text without lists of tables: those are of columns. */
function writtenByView(walk: Walk, view: StoredText): string | undefined {
  const named = stepsOf(view.text).flatMap((step) =>
    step.does === 'reads' && !step.inList ? [targetOf(step, view.schema)] : [],
  );
  for (const { name } of named) walk.names.add(name.toLowerCase());
  return firstOf(named, (target) => written(walk, target)) ?? follow(walk, view);
}

function called(walk: Walk, { schema, name, qualified }: Target): string | undefined {
  const routine = programOf(walk, 'function', { schema, name });
  if (routine) return through(`calls the function ${routine.name}`, routine, (text) => follow(walk, text));
  // Without a schema, it is one of the server's own.
  return qualified ? `calls ${schema}.${name}, which the sidecar's account can't see` : undefined;
}

/** What is read changes nothing, but for a view that calls a function. */
function read(walk: Walk, target: Target): string | undefined {
  const view = programOf(walk, 'view', target);
  return view && through(`reads the view ${view.name}`, view, (text) => follow(walk, text));
}

function through(
  way: string,
  { schema, name, text }: StoredProgram,
  go: (text: StoredText) => string | undefined,
): string | undefined {
  if (text === null) return ours.test(name) ? undefined : `${way}, which the sidecar's account can't read`;
  const found = go({ schema, text });
  return found === undefined ? undefined : `${way}, which ${found}`;
}

function programOf(
  { programs }: Walk,
  kind: StoredProgram['kind'],
  { schema, name }: Pick<Target, 'schema' | 'name'>,
): StoredProgram | undefined {
  return programs.find((one) => one.kind === kind && same(one.schema, schema) && same(one.name, name));
}

function targetOf({ what }: Exclude<StoredStep, { does: 'hides' }>, home: string): Target {
  return { name: what.name, schema: what.schema ?? home, qualified: what.schema !== undefined };
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
