import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Analysis, htmlReport, parseRules } from '../index.js';

const hostile = '<script>alert(1)</script>"\'&\u001b[31m\u202e';

describe('the page of a report', () => {
  let page: string;

  beforeAll(() => {
    const today = new Date('2026-11-29T00:00:00Z');
    const rules = parseRules(
      'ignore: [{ path: body.x, owner: "<b>", reason: "<i>", until: 2026-01-01 }]',
      'rules.yaml',
    );
    const analysis = new Analysis({ today, rules });
    for (let index = 0; index < 40; index += 1)
      analysis.add({
        endpoint: `GET /${hostile}`,
        control: { status: 200, headers: {}, body: JSON.stringify({ [hostile]: 'a', noisy: index }) },
        candidate: {
          status: 200,
          headers: {},
          body: JSON.stringify({ [hostile]: hostile, noisy: index + 1 }),
        },
        controlAgain: {
          status: 200,
          headers: {},
          body: JSON.stringify({ [hostile]: 'a', noisy: index + 1 }),
        },
      });
    analysis.addProblem(hostile, 41);
    page = htmlReport(analysis.report(), { source: hostile, madeAt: today });
  });

  it('shows what is in answers as text, and never as markup', () => {
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/<b>|<i>|[\u001b\u202e]/);
  });

  it('needs nothing else, and its policy lets nothing in', () => {
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`content="default-src 'none'; style-src 'sha256-${hash}'"`);
    // A style or a handler in an attribute would be refused by that policy.
    expect(page).not.toMatch(/<[^>]*\s(?:style|on\w+|src|href="(?!#))\s*=/);
    expect(page).not.toMatch(/<(?:link|img|iframe|object|base|form)\b/);
  });

  it('has every element that it opens', () => {
    for (const name of ['table', 'tr', 'td', 'section', 'article', 'details', 'svg', 'ul', 'li', 'p', 'code'])
      expect(page.split(`</${name}>`)).toHaveLength(page.split(new RegExp(`<${name}[ >]`)).length);
  });

  it('draws how often each field differs, beside its noise', () => {
    expect(page).toMatch(
      /<svg role="img" aria-label="[^"<>]*the candidate differs in 100 %, control from itself in 0 %"/,
    );
  });
});
