import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../test/support/run-command.js';
import { readUnpacked } from './read-file.js';

const folder = mkdtempSync(join(tmpdir(), 'compare-'));
const fileOf = (name: string) => join(folder, name);

/** Comparisons as lines: in every tenth the candidate's answer is another. */
function lines(count: number, differing: boolean): string {
  return Array.from({ length: count }, (_, index) => {
    const answer = (total: number) => ({
      status: 200,
      headers: {},
      body: JSON.stringify({ total, at: index }),
    });
    return `${JSON.stringify({
      endpoint: 'GET /orders/{orderId}',
      control: answer(7),
      candidate: answer(differing && index % 10 === 3 ? 8 : 7),
      controlAgain: answer(7),
    })}\n`;
  }).join('');
}

describe('strangler compare analyze', () => {
  beforeAll(() => {
    writeFileSync(fileOf('same.ndjson'), lines(3_000, false));
    writeFileSync(fileOf('differs.ndjson.gz'), gzipSync(lines(400, true)));
    writeFileSync(fileOf('cut.ndjson.gz'), gzipSync(lines(4_000, true)).subarray(0, -2_000));
    writeFileSync(fileOf('broken.ndjson'), '{"endpoint"\n');
    writeFileSync(
      fileOf('rules.yaml'),
      'ignore: [{ path: body.total, owner: billing, reason: known, until: 2999-12-31 }]',
    );
    writeFileSync(fileOf('wrong.yaml'), 'ignore: [{ path: body.total }]');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const analyze = (...args: string[]) => runCommand(['compare', 'analyze', ...args]);

  it('tells what differs, where, how often, and what to do', async () => {
    const { code, out } = await analyze(fileOf('differs.ndjson.gz'));
    expect(code).toBe(0);
    expect(out).toMatch(/differs {2}GET \/orders\/\{orderId\} +400 +400 +>= 87\.\d\d %/);
    expect(out).toContain('differs body.total');
    expect(out).toContain('differs in 40 of 400 (10 %); control differs from itself in 0 of 400 (0 %)');
    expect(out).toContain('line 4: 7 at control, 8 at the candidate');
    expect(out).toContain('to do: Compare how both round');
  });

  it('returns the same as JSON', async () => {
    const { out } = await analyze(fileOf('differs.ndjson.gz'), '--json');
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'differs',
      comparisons: 400,
      endpoints: [
        {
          verdict: 'differs',
          agreement: { seen: 360 },
          fields: [{ path: 'body.total', noise: { seen: 0, of: 400 } }],
        },
      ],
    });
  });

  it('ends with 0 where agreement is as asked for, by its lower bound', async () => {
    expect(await analyze(fileOf('same.ndjson'), '--fail-under', '99.9')).toMatchObject({ code: 0, err: '' });
  });

  it('ends with 1 where it may be lower, and says what is missing', async () => {
    const { code, err } = await analyze(fileOf('same.ndjson'), '--fail-under', '99.95');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('2990 more comparisons without a difference'),
    });
    const other = await analyze(fileOf('differs.ndjson.gz'), '--fail-under', '99');
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('40 of 400 disagree') });
  });

  it('takes rules', async () => {
    const { code, out } = await analyze(
      fileOf('differs.ndjson.gz'),
      '--rules',
      fileOf('rules.yaml'),
      '--fail-under',
      '99',
    );
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/alike +GET/) });
  });

  it('writes a page', async () => {
    await analyze(fileOf('differs.ndjson.gz'), '--html', fileOf('report.html'));
    expect(readFileSync(fileOf('report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*body\.total/);
  });

  it('goes on with what there is of a file that is cut off, and says so', async () => {
    const { code, out } = await analyze(fileOf('cut.ndjson.gz'));
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining('the file ends early, or is damaged (gzip)'),
    });
  });

  it.each([
    [['no-such-file'], 2, 'ENOENT'],
    [['.'], 2, 'EISDIR'],
    [[fileOf('same.ndjson'), '--fail-under', '100'], 2, 'below 100'],
    [[fileOf('same.ndjson'), '--fail-under', 'much'], 2, 'below 100'],
    [[fileOf('same.ndjson'), '--rules', fileOf('wrong.yaml')], 2, 'ignore.0.owner'],
    [[fileOf('same.ndjson'), '--rules', fileOf('none.yaml')], 2, 'ENOENT'],
    [[fileOf('same.ndjson'), '--html', fileOf('no/folder.html')], 2, 'ENOENT'],
    [[], 2, 'missing required argument'],
    [[fileOf('broken.ndjson')], 1, 'Nothing was compared'],
  ])('says what is wrong with %j', async (args, code, named) => {
    const ran = await analyze(...args);
    expect({ code: ran.code, err: ran.err }).toEqual({ code, err: expect.stringContaining(named) });
  });
});

describe('standard input', () => {
  it.each([1, 2, 7, 100_000])('is unpacked where it is packed, in pieces of %i bytes', async (size) => {
    const text = lines(5, true);
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const read: Buffer[] = [];
      const whole = await readUnpacked('-', Readable.from(pieces), (chunk) => read.push(Buffer.from(chunk)));
      expect({ whole, text: Buffer.concat(read).toString() }).toEqual({ whole: true, text });
    }
  });

  it('may be empty', async () => {
    expect(await readUnpacked('-', Readable.from([]), () => undefined)).toBe(true);
  });
});
