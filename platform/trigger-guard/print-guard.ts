import { sessionSettings } from './change-guard.js';
import type { Statement } from './plan-guard.js';

/** Statements as a script for the `mysql` or `mariadb` client. */
export function scriptOf(statements: readonly Statement[], title: string): string {
  const lines = statements.map(({ what, sql }) => `-- ${what}\n${sql}$$\n`);
  return [
    `-- ${title}`,
    ...sessionSettings.map((one) => `${one};`),
    'DELIMITER $$',
    '',
    ...lines,
    'DELIMITER ;',
  ].join('\n');
}
