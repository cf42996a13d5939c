import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../../support/start-shop.js';

/**
 * The commands that a chapter of a runbook tells an operator to type, each as its words without `npx strangler`.
 * @param file in `docs/runbooks`
 * @param chapter its heading
 * @throws when there is no such chapter, or no command in it
 */
export function commandsOf(file: string, chapter: string): string[][] {
  const text = readFileSync(join(repository, 'docs/runbooks', file), 'utf8');
  const [, rest = ''] = text.split(`\n## ${chapter}\n`);
  const [own = ''] = rest.split(/\n## /);
  const commands = [...own.matchAll(/^ *npx strangler (.*?)(?: +#.*)?$/gm)].map(([, line = '']) =>
    [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word),
  );
  if (commands.length === 0) throw new Error(`docs/runbooks/${file} has no commands under "${chapter}"`);
  return commands;
}
