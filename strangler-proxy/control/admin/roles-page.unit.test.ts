import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { rolesPage } from './roles-page.js';

/** Without what only aligns the columns of tables. */
function plain(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
}

it('the page of roles is what the table says: "npm run generate" writes it', () => {
  const page = readFileSync(new URL('../../../docs/admin-roles.md', import.meta.url), 'utf8');
  expect(plain(page)).toBe(plain(rolesPage()));
});
