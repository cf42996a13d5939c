import ts from 'typescript';
import type { TypedSources } from './typed-sources.js';
import { unknown } from './written-tables.js';

/**
 * Reads from `database.define<Row>('table', ...)` which type of rows is of which table.
 * @returns which tables a call on a model, a row, or the query interface may write; `unknown` where that does not show
 */
export function modelTables({ checker, files }: TypedSources): (call: ts.CallExpression) => string[] {
  const tables = new Map<ts.Symbol, string[]>();
  for (const file of files.values()) noteModels(file);

  function noteModels(node: ts.Node): void {
    if (ts.isCallExpression(node) && nameOf(node) === 'define') {
      const [row] = node.typeArguments ?? [];
      const symbol = row && checker.getTypeFromTypeNode(row).getSymbol();
      if (symbol) tables.set(symbol, [...(tables.get(symbol) ?? []), textIn(node.arguments[0])]);
    }
    node.forEachChild(noteModels);
  }

  function textIn(argument: ts.Expression | undefined): string {
    const type = argument && checker.getTypeAtLocation(argument);
    return type?.isStringLiteral() ? type.value : unknown;
  }

  return (call) => {
    const receiver = (call.expression as ts.PropertyAccessExpression).expression;
    const type = checker.getTypeAtLocation(receiver);
    if (type.getSymbol()?.name === 'QueryInterface') return [textIn(call.arguments[0])];
    const [made] = type.getConstructSignatures();
    const symbol = (made ? made.getReturnType() : type).getSymbol();
    return (symbol && tables.get(symbol)) ?? [unknown];
  };
}

function nameOf({ expression }: ts.CallExpression): string | undefined {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined;
}
