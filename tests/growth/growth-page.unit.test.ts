import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { growthPage } from '../../deploy/growth/growth-page.js';

/** Without what only aligns the columns of tables. */
function plain(markdown: string): string {
  return markdown.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
}

describe('the page about growth', () => {
  it('is what the lists say: "npm run generate" writes it anew', () => {
    const page = readFileSync(new URL('../../docs/growth.md', import.meta.url), 'utf8');
    expect(plain(page)).toBe(plain(growthPage()));
  });
});
