import ts from 'typescript';
import { unknown } from './written-tables.js';

/** Text without any of them is no SQL; to ask for the types in all other text would take longer than all the rest. */
const wordsOfSql = /\b(insert|replace|update|delete|truncate|load|into|from|set)\b/i;

/**
 * The text of a whole expression of text: a literal, a template, or several put together. What is only known at run time
 * stands in it as `unknown`; a constant, and what a type says of a name, stands in it as it is: one of several as `one|other`.
 * @returns undefined for anything else, and for a part of such an expression
 */
export function sqlText(checker: ts.TypeChecker, node: ts.Node): string | undefined {
  if (!isText(node) || ts.isTypeNode(node.parent) || isPart(node)) return undefined;
  return wordsOfSql.test(node.getText()) ? textOf(checker, node) : '';
}

type Text = ts.StringLiteralLike | ts.TemplateExpression | ts.BinaryExpression;

function isText(node: ts.Node): node is Text {
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || isSum(node);
}

/** Is this a sum in which a text stands? */
function isSum(node: ts.Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return false;
  return isText(bare(node.left)) || isText(bare(node.right));
}

function isPart(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent)) return isPart(parent);
  return isSum(parent);
}

function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? bare(node.expression) : node;
}

function textOf(checker: ts.TypeChecker, node: ts.Expression): string {
  const expression = bare(node);
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (isSum(expression)) return textOf(checker, expression.left) + textOf(checker, expression.right);
  if (!ts.isTemplateExpression(expression)) return ofType(checker, checker.getTypeAtLocation(expression));
  const spans = expression.templateSpans.map((span) => textOf(checker, span.expression) + span.literal.text);
  return expression.head.text + spans.join('');
}

function ofType(checker: ts.TypeChecker, type: ts.Type): string {
  if (type.isStringLiteral()) return type.value;
  if (type.isUnion()) return type.types.map((one) => ofType(checker, one)).join('|');
  if (!(type.flags & ts.TypeFlags.TemplateLiteral)) return unknown;
  const { texts, types } = type as ts.TemplateLiteralType;
  return texts.map((text, index) => text + (types[index] ? ofType(checker, types[index]) : '')).join('');
}
