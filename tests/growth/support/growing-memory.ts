import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** What of a language grows by being used. */
const growing = new Set(['Map', 'Set']);

/**
 * Maps, sets and lists that begin empty and are there for longer than the function that makes them: at the top of a module, in a
 * class, or used by a function within the one that makes them.
 * @param folders of the repository; tests in them are left out
 * @returns `file#name`, sorted
 */
export function growingMemoryIn(root: string, folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !/\/test\/|\.test\.ts$/.test(file))
    .flatMap((file) => growingMemoryOf(file, readFileSync(join(root, file), 'utf8')))
    .toSorted();
}

/** The same of one file. */
export function growingMemoryOf(file: string, source: string): string[] {
  const found: string[] = [];
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const declared = declaration(node);
    if (declared && beginsEmpty(declared.value) && isKept(declared.name, node))
      found.push(`${file}#${declared.name}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function declaration(node: ts.Node): { name: string; value: ts.Expression } | undefined {
  const isOne = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node);
  if (!isOne || !node.initializer) return undefined;
  return { name: node.name.getText(), value: node.initializer };
}

function beginsEmpty(value: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(value)) return value.elements.length === 0;
  return (
    ts.isNewExpression(value) &&
    growing.has(value.expression.getText()) &&
    (value.arguments ?? []).length === 0
  );
}

/** Is it used by a function within the one that makes it, or by all of a module or class? */
function isKept(name: string, declared: ts.Node): boolean {
  if (ts.isPropertyDeclaration(declared)) return true;
  const home = enclosingFunction(declared);
  if (!home) return true;
  let kept = false;
  const visit = (node: ts.Node, nested: boolean): void => {
    if (kept) return;
    const isInner = node !== home && ts.isFunctionLike(node) && !isCallback(node);
    const inside = nested || isInner;
    if (inside && ts.isIdentifier(node) && node.text === name) kept = true;
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(home, false);
  return kept;
}

/** What is passed on to be called, as to `map` or `then`, most often ends with the call. */
function isCallback(node: ts.Node): boolean {
  return ts.isArrowFunction(node) && ts.isCallExpression(node.parent);
}

function enclosingFunction(node: ts.Node): ts.Node | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) if (ts.isFunctionLike(at)) return at;
  return undefined;
}
