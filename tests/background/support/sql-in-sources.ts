import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A statement as a source file has it. */
export interface SourceStatement {
  file: string;
  /** With blanks made one; what is put in stands as `…`. */
  text: string;
  matches(sql: string): boolean;
}

const verbs = /^\s*\(*(SELECT|UPDATE|DELETE|INSERT|REPLACE)\s/;
const hole = '…';

/** Every text in these folders that begins as a statement does, tests left out. */
export function statementsIn(root: string, folders: readonly string[]): SourceStatement[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !/\/test\/|\.test\.ts$/.test(file))
    .toSorted()
    .flatMap((file) => statementsOf(file, readFileSync(join(root, file), 'utf8')));
}

function statementsOf(file: string, source: string): SourceStatement[] {
  const found: SourceStatement[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== undefined && verbs.test(text))
      found.push(statement(file, text.replaceAll(/\s+/g, ' ').trim()));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest));
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => hole + literal.text).join('');
}

function statement(file: string, text: string): SourceStatement {
  const parts = text.split(/…|\?/).map((part) => part.trim().replaceAll(/[^\w\s]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('[\\s\\S]*?')}`);
  return { file, text, matches: (sql) => pattern.test(sql) };
}
