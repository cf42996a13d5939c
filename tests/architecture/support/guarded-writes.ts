import ts from 'typescript';
import { modelTables } from './model-tables.js';
import { sqlText } from './sql-text.js';
import type { TypedSources } from './typed-sources.js';
import { tablesNamed, unknown, writtenNames } from './written-tables.js';

/** A place in the code that writes a moved table, or could. */
export interface TableWrite {
  path: string;
  line: number;
  /** Moved tables that it may write: more than one where the name is made at run time. */
  tables: string[];
  /** Does the call demand a transaction that has passed the guard of the table's capability? */
  guarded: boolean;
}

/** A place that makes a guarded transaction, or takes one for guarded. */
export interface GuardMade {
  path: string;
  line: number;
  /** `passGuard`, a function for capabilities that do not move, or a type assertion. */
  by: string;
  /** Of the capability, where the place says which: it is written there. */
  capability: string | undefined;
}

/** Methods of Sequelize's models, rows and query interface that write. */
const writingMethods = new Set(
  (
    'create bulkCreate update upsert destroy truncate restore increment decrement save findOrCreate findCreateFind ' +
    'bulkInsert bulkUpdate bulkDelete insert delete'
  ).split(' '),
);

/** Functions that hand out a guarded transaction without looking at any owner. */
const makers = new Set(['passGuard', 'runUnmovedWrites', 'holdUnmovedKeys']);

/**
 * Finds every statement of SQL and every call of Sequelize that may write a moved table.
 * @param moved capability by table
 */
export function findTableWrites(sources: TypedSources, moved: ReadonlyMap<string, string>): TableWrite[] {
  const { checker } = sources;
  const tableOfModel = modelTables(sources);
  const found: TableWrite[] = [];

  function note(node: ts.Node, path: string, words: readonly string[], call: ts.CallExpression | undefined) {
    const tables = [...new Set(words.flatMap((word) => tablesNamed(word, moved.keys())))];
    if (tables.length === 0) return;
    const isGuarded = (table: string) =>
      call?.arguments.some((argument) => isGuardedFor(checker, argument, moved.get(table)));
    const anyName = tables.length > 1 && words.some((word) => word.includes(unknown));
    const guarded = anyName
      ? call?.arguments.some((argument) => isGuardedFor(checker, argument, undefined))
      : tables.every(isGuarded);
    found.push({ path, line: lineOf(node), tables, guarded: guarded === true });
  }

  for (const [path, file] of sources.files) {
    visit(file, (node) => {
      const text = sqlText(checker, node);
      if (text !== undefined) {
        note(node, path, writtenNames(text), callAround(node));
        return;
      }
      const method = writingCall(checker, node);
      if (method) note(node, path, tableOfModel(method), method);
    });
  }
  return found;
}

/** Finds every place that makes a guarded transaction. */
export function findGuardsMade({ checker, files }: TypedSources): GuardMade[] {
  const found: GuardMade[] = [];
  for (const [path, file] of files) {
    visit(file, (node) => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && makers.has(node.expression.text)) {
        const types = node.arguments.map((argument) => checker.getTypeAtLocation(argument));
        const capability = types.find((type) => type.isStringLiteral());
        found.push({
          ...{ path, line: lineOf(node), by: node.expression.text },
          capability: capability?.isStringLiteral() ? capability.value : undefined,
        });
      }
      if ((ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) && claimsGuard(checker, node))
        found.push({ path, line: lineOf(node), by: node.type.getText(), capability: undefined });
    });
  }
  return found;
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  node.forEachChild((child) => visit(child, look));
}

function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

/** The call that an expression is an argument of, or part of one; not one of a function around it. */
function callAround(node: ts.Node): ts.CallExpression | undefined {
  let child = node;
  for (let parent = node.parent; !ts.isSourceFile(parent); child = parent, parent = parent.parent) {
    if (ts.isCallExpression(parent) && parent.arguments.some((argument) => argument === child)) return parent;
    if (ts.isFunctionLike(parent) || ts.isStatement(parent)) return undefined;
  }
  return undefined;
}

/** Is this a call of Sequelize that writes, by the model, the row, or the query interface? */
function writingCall(checker: ts.TypeChecker, node: ts.Node): ts.CallExpression | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  if (!writingMethods.has(node.expression.name.text)) return undefined;
  const declaration = checker.getResolvedSignature(node)?.declaration;
  return declaration?.getSourceFile().fileName.includes('/node_modules/sequelize/') ? node : undefined;
}

/** Is an argument a guarded transaction, or does it have one as its `transaction`? @param capability any, if undefined */
function isGuardedFor(
  checker: ts.TypeChecker,
  argument: ts.Expression,
  capability: string | undefined,
): boolean {
  const type = checker.getTypeAtLocation(argument);
  const transaction = type.getProperty('transaction');
  const isThere = transaction && !(transaction.flags & ts.SymbolFlags.Optional);
  const types = [type, ...(isThere ? [checker.getTypeOfSymbolAtLocation(transaction, argument)] : [])];
  return types.some((one) => {
    const guards = guardsOf(checker, one, argument);
    if (!guards || capability === undefined) return guards !== undefined;
    return guards.getProperty(capability) !== undefined;
  });
}

/** The capabilities whose guards a transaction has passed, as properties. */
function guardsOf(checker: ts.TypeChecker, type: ts.Type, at: ts.Node): ts.Type | undefined {
  const brand = checker
    .getPropertiesOfType(checker.getApparentType(type))
    .find(({ escapedName }) => String(escapedName).startsWith('__@guards'));
  return brand && checker.getTypeOfSymbolAtLocation(brand, at);
}

/** Does an assertion make a guarded transaction of something that is none, or is guarded by less? */
function claimsGuard(checker: ts.TypeChecker, node: ts.AsExpression | ts.TypeAssertion): boolean {
  const claimed = checker.getTypeAtLocation(node);
  if (!guardsOf(checker, claimed, node)) return false;
  return !checker.isTypeAssignableTo(checker.getTypeAtLocation(node.expression), claimed);
}
