import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Analysis, type Answer, parseRules, readInto } from './index.js';
import type { EndpointReport, FieldReport, Report } from './verdict/report.js';

const today = new Date('2026-11-29T00:00:00Z');

function answer(body: unknown, headers: Answer['headers'] = {}, status = 200): Answer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** A run of comparisons of one endpoint, with an A/A sample for the first `again` of them. */
function analyse(
  comparisons: number,
  again: number,
  answers: (index: number) => { control: Answer; candidate: Answer; controlAgain?: Answer },
  rules = '',
): EndpointReport {
  const analysis = new Analysis({ today, rules: parseRules(rules, 'rules.yaml') });
  for (let index = 0; index < comparisons; index += 1) {
    const { control, candidate, controlAgain = control } = answers(index);
    analysis.add({ endpoint: 'GET /', control, candidate, ...(index < again && { controlAgain }) });
  }
  return analysis.report().endpoints[0]!;
}

function fieldOf({ fields }: EndpointReport, path: string): FieldReport | undefined {
  return fields.find((field) => field.path === path);
}

/** Both sides always answer like this. */
const always = (control: unknown, candidate: unknown) => () => ({
  control: answer(control),
  candidate: answer(candidate),
});

describe('one difference in 5,000 answers', () => {
  const oneOff = (index: number) => ({
    control: answer({ total: '10.00' }),
    candidate: answer({ total: index % 5_000 === 77 ? '10.01' : '10.00' }),
  });

  it('is undecided until A/A bounds the noise, with the number of samples that it takes', () => {
    const { verdict, needsControlAgain, fields } = analyse(5_000, 400, oneOff);
    expect({ verdict, needsControlAgain, field: fields[0]?.verdict }).toEqual({
      verdict: 'undecided',
      needsControlAgain: 14_978 - 400,
      field: 'undecided',
    });
  });

  it('is a finding as soon as it does', () => {
    expect(analyse(15_000, 14_977, oneOff)).toMatchObject({ verdict: 'undecided', needsControlAgain: 1 });
    expect(analyse(15_000, 14_978, oneOff)).toMatchObject({ verdict: 'differs', needsControlAgain: null });
  });

  it('counts against agreement while it is undecided', () => {
    expect(analyse(5_000, 400, oneOff).agreement).toMatchObject({ seen: 4_999, of: 5_000 });
  });
});

describe('types', () => {
  it.each([
    [1, '1'],
    ['10.00', '10.0'],
    [null, 'null'],
    [true, 1],
    [[], {}],
    [null, false],
    ['', null],
  ])('are strict: %j is not %j', (control, candidate) => {
    const { verdict } = analyse(60, 60, always({ value: control }, { value: candidate }));
    expect(verdict).toBe('differs');
  });

  it.each([
    ['{"a":1.0}', '{"a":1}'],
    ['{"a":12345678901234567890}', '{"a":12345678901234567891}'],
    ['{"a":0.1000000000000000055}', '{"a":0.1}'],
    ['{"a":-0}', '{"a":0}'],
  ])('of numbers keep what JavaScript loses: %s is not %s', (control, candidate) => {
    expect(analyse(60, 60, always(control, candidate)).verdict).toBe('differs');
  });

  it.each([
    ['{"a":1,"b":2}', '{ "b": 2, "a": 1 }'],
    ['{"a":"\\u00e4"}', '{"a":"ä"}'],
    ['[1.0, 2]', '[1.0,2]'],
  ])('are all that counts: %s is %s', (control, candidate) => {
    const { verdict, fields } = analyse(60, 60, always(control, candidate));
    expect({ verdict, fields }).toEqual({ verdict: 'alike', fields: [] });
  });
});

describe('without a single A/A sample', () => {
  it('a missing field and another type are found all the same', () => {
    const report = analyse(40, 0, always({ a: 1, b: 2 }, { b: '2' }));
    expect(report.fields.map(({ path, verdict }) => [path, verdict])).toEqual([
      ['body.a', 'differs'],
      ['body.b', 'differs'],
    ]);
  });

  it('another value is undecided: it may be noise', () => {
    const { verdict, needsControlAgain, fields } = analyse(40, 0, (index) => ({
      control: answer({ id: `a${index}` }),
      candidate: answer({ id: `b${index}` }),
    }));
    expect({ verdict, needs: needsControlAgain }).toEqual({
      verdict: 'undecided',
      needs: expect.any(Number),
    });
    expect(fields[0]?.advice).toContain('controlAgain');
  });
});

describe('agreement', () => {
  it('of 29,956 comparisons without a difference is at least 99.99 %', () => {
    const same = answer({ a: 1 });
    const { agreement } = analyse(29_956, 0, () => ({ control: same, candidate: same }));
    expect(agreement.lower).toBeGreaterThanOrEqual(0.9999);
    expect(agreement.lower).toBeLessThan(0.99991);
  });

  it('counts an answer once in which several fields are wrong', () => {
    const { agreement } = analyse(2_000, 2_000, (index) => ({
      control: answer({ a: 1, b: 1, c: 1 }),
      candidate: answer(index % 100 === 0 ? { a: 2, b: 2, c: 2 } : { a: 1, b: 1, c: 1 }),
    }));
    expect(agreement).toMatchObject({ seen: 1_980, of: 2_000 });
  });
});

describe('bodies that are no JSON', () => {
  const page = (list: string, token: string) =>
    `<!doctype html><html><body class="x"><form><input type=hidden name="csrf" value="${token}"></form><ul>${list}</ul><br></body></html>`;
  let made = 0;
  const token = () => `t${(made += 7_919) * 31}`;

  it('are compared by their structure where they are HTML, with noise in one place only', () => {
    const report = analyse(80, 80, () => ({
      control: answer(page('<li>one<li>two', token())),
      candidate: answer(page('<li>one</li><li>three</li>', token())),
      controlAgain: answer(page('<li>one<li>two', token())),
    }));
    expect(fieldOf(report, 'body.html[].body[].form[].input[].@value')?.verdict).toBe('noise');
    expect(report.fields.filter(({ verdict }) => verdict === 'differs').map(({ path }) => path)).toEqual([
      'body.html[].body[].ul[].li[].#text',
    ]);
  });

  it('are compared line by line where they are text', () => {
    const text = (total: string) => `report of run ${token()}\nname;amount\ncup;3\nplate;4\n${total}\n`;
    const report = analyse(80, 80, () => ({
      control: answer(text('total;7')),
      candidate: answer(text('sum;7')),
      controlAgain: answer(text('total;7')),
    }));
    expect(fieldOf(report, 'body.line["report of run #"][]')?.verdict).toBe('noise');
    expect(fieldOf(report, 'body.line["total;#"]')?.verdict).toBe('differs');
  });

  it('are compared by their hash where they are binary', () => {
    const report = analyse(60, 60, always('\u0000\u0001PNG', '\u0000\u0001PNH'));
    expect(report.fields.map(({ path }) => path)).toEqual(['body.sha256']);
  });

  it('are what their content says, and not what the header says', () => {
    const report = analyse(60, 60, always('{"a":1}', '<html></html>'));
    expect(report.fields[0]).toMatchObject({
      path: 'body',
      verdict: 'differs',
      kinds: expect.arrayContaining([expect.objectContaining({ kind: 'type: JSON → HTML' })]),
    });
  });
});

describe('headers', () => {
  const withHeaders = (control: Answer['headers'], candidate: Answer['headers'], rules = '') =>
    analyse(60, 60, () => ({ control: answer('', control), candidate: answer('', candidate) }), rules);

  it('of transport are not compared, and named', () => {
    const analysis = new Analysis({ today });
    analysis.add({
      endpoint: 'GET /',
      control: answer('', { Date: 'a', Via: 'b' }),
      candidate: answer('', { date: 'c' }),
    });
    expect(analysis.report()).toMatchObject({
      verdict: 'alike',
      ignoredHeaders: expect.arrayContaining(['date', 'via']),
    });
  });

  it('of transport are compared where a rule says so', () => {
    const report = withHeaders({ Server: 'a' }, { server: 'b' }, 'headers: { compare: [Server] }');
    expect(report.fields[0]?.path).toBe('headers.server');
  });

  it('of an answer to HEAD hold its length, which is compared', () => {
    const analysis = new Analysis({ today });
    const withLength = (length: string) => answer('', { 'content-length': length });
    for (const endpoint of ['GET /', 'HEAD /'])
      for (let index = 0; index < 50; index += 1)
        analysis.add({
          endpoint,
          control: withLength('5'),
          candidate: withLength('7'),
          controlAgain: withLength('5'),
        });
    expect(analysis.report().endpoints.map(({ endpoint, verdict }) => [endpoint, verdict])).toEqual([
      ['HEAD /', 'differs'],
      ['GET /', 'alike'],
    ]);
  });

  it('have names in any case, and a media type is the same with other white space', () => {
    const report = withHeaders(
      { 'Content-Type': 'application/json; charset=utf-8' },
      { 'content-type': 'Application/JSON;charset=UTF-8' },
    );
    expect(report.fields).toEqual([]);
  });

  it('hold cookies, in a list or in one text, each with its attributes', () => {
    const report = withHeaders(
      { 'Set-Cookie': ['a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2; Secure'] },
      { 'Set-Cookie': 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, b=2' },
    );
    expect(report.fields.map(({ path }) => path)).toEqual(['cookies.b.secure']);
  });
});

describe('rules', () => {
  const differing = always(
    { a: 1, items: [1, 2, 3], at: '2026-01-01T00:00:00Z', mail: 'A@x.org', price: 1 },
    {
      a: 2,
      items: [3, 2, 1],
      at: '2026-01-01T00:00:04Z',
      mail: 'a@x.org',
      price: 1.004,
    },
  );

  it('take differences away', () => {
    const { verdict, fields } = analyse(
      50,
      50,
      differing,
      `
ignore: [{ path: body.a, owner: stock team, reason: known, until: 2026-12-31 }]
lists: [{ path: body.items, order: any }]
tolerances: [{ path: body.at, seconds: 5 }, { endpoint: 'GET *', path: body.*, absolute: 0.01 }]
normalise: [{ path: '**.mail', as: lower-case }]`,
    );
    expect({ verdict, fields }).toEqual({ verdict: 'alike', fields: [] });
  });

  it('that have expired ignore nothing, and are reported; so are those that nothing needs', () => {
    const rules = `
ignore:
  - { path: body.a, owner: stock team, reason: known, until: 2026-11-28 }
  - { path: body.b, owner: stock team, reason: not there, until: 2026-11-29 }`;
    const analysis = new Analysis({ today, rules: parseRules(rules, 'rules.yaml') });
    for (let index = 0; index < 50; index += 1)
      analysis.add({ endpoint: 'GET /', control: answer({ a: 1 }), candidate: answer({ a: '1' }) });
    expect(analysis.report()).toMatchObject({
      verdict: 'differs',
      rules: {
        expired: [{ rule: 'ignore: body.a', owner: 'stock team', until: '2026-11-28' }],
        unused: [{ rule: 'ignore: body.b' }],
      },
    });
  });

  it('name the identity of elements where the data does not show it', () => {
    const items = (list: [string, number, number][]) => ({
      items: list.map(([order, line, price]) => ({ order, line, price })),
    });
    const control = items([
      ['a', 1, 5],
      ['a', 2, 6],
      ['b', 1, 7],
    ]);
    const candidate = items([
      ['b', 1, 7],
      ['a', 1, 5],
      ['a', 2, 9],
    ]);
    const report = analyse(
      60,
      60,
      always(control, candidate),
      'lists: [{ path: "body.items", order: any, identity: [order, line] }]',
    );
    expect(report.fields.map(({ path }) => path)).toEqual(['body.items[].price']);
  });

  it.each([
    ['ignore: [{ path: body.a }]', 'ignore.0.owner'],
    ['ignore: [{ path: body.a, owner: x, reason: y, until: soon }]', 'ignore.0.until'],
    ['ignore: [{ path: "[0]", owner: x, reason: y, until: 2026-12-01 }]', 'ignore.0.path'],
    ['tolerances: [{ path: body.a }]', 'needs absolute, relative or seconds'],
    ['normalise: [{ path: body.a, as: shout }]', 'normalise.0.as'],
    ['ignored: []', 'ignored'],
    ['a: [', 'neither YAML nor JSON'],
  ])('that are not valid are refused by name: %s', (rules, named) => {
    expect(() => parseRules(rules, 'rules.yaml')).toThrow(
      expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining(named) }),
    );
  });
});

describe('a file', () => {
  const good = `{"endpoint":"GET /","control":{"status":200,"headers":{},"body":"{}"},"candidate":{"status":200,"headers":{},"body":"{}"}}`;

  function read(...chunks: (string | Buffer)[]): Report {
    const analysis = new Analysis({ today });
    const reader = readInto(analysis, 1_048_576);
    for (const chunk of chunks) reader.add(Buffer.from(chunk as string));
    reader.end();
    return analysis.report();
  }

  let report: Report;

  beforeAll(() => {
    const longLine = Array.from({ length: 100 }, () => Buffer.alloc(1_048_576, 'x'));
    report = read(
      `${good}\r\n\n{"endpoint":\n[]\n`,
      Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]),
      good.replace('200', '"200"'),
      `\n${good.replace('"body":"{}"', '"body":{}')}\n${good.replace('"headers":{}', '"headers":{"a":{}}')}\n`,
      ...longLine,
      `\n${good.slice(0, 40)}`,
      good.slice(40),
    );
  });

  it('has lines that can not be compared, which are counted and named', () => {
    expect(
      Object.fromEntries(report.problems.map(({ problem, lines, first }) => [problem, [lines, ...first]])),
    ).toEqual({
      'no JSON': [1, 3],
      'no object': [1, 4],
      'invalid UTF-8': [1, 5],
      'control.status: no whole number': [1, 6],
      'control.body: no text': [1, 7],
      'control.headers: a value that is no text': [1, 8],
      'longer than 1 MiB': [1, 9],
    });
  });

  it('has others that are, wherever chunks end', () => {
    expect(report.comparisons).toBe(2);
    expect(read(...good.split('')).comparisons).toBe(1);
  });
});

describe('nothing', () => {
  it('that is in an answer stops it', () => {
    const strange = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((text) => text.slice(1)),
      fc.constantFrom(
        `${'['.repeat(60_000)}${']'.repeat(60_000)}`,
        `${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`,
        '{"__proto__":{"polluted":1}}',
        '{"__proto__":null,"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":2}',
        `[${'9'.repeat(5_000)}, 1e999, -1e-999, 1.${'0'.repeat(400)}]`,
        '{"a":1,"a":2}',
        '\ud800',
        '"\\ud800"',
        '<'.repeat(2_000),
        '<div>'.repeat(3_000),
        `<p title="${'"'.repeat(999)}`,
        'a\n'.repeat(30_000),
        '\u0000',
        '[]',
        '-',
        '"',
      ),
    );
    fc.assert(
      fc.property(
        strange,
        strange,
        fc.integer({ min: 100, max: 599 }),
        fc.dictionary(fc.string(), fc.string()),
        (body, other, status, headers) => {
          const analysis = new Analysis({ today });
          const control = answer(body, { ...headers, 'set-cookie': body.slice(0, 99) }, status);
          for (let index = 0; index < 2; index += 1)
            analysis.add({
              endpoint: body.slice(0, 20),
              control,
              candidate: answer(other, {}, 200),
              controlAgain: answer(other, headers, status),
            });
          analysis.report();
        },
      ),
      { seed: 9, numRuns: 400 },
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('of it grows with the number of names, endpoints and values', () => {
    const analysis = new Analysis({ today });
    for (let index = 0; index < 6_000; index += 1) {
      const names = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`n${index}x${at}y`, index]));
      const endpoint = index < 3_000 ? 'GET /names' : `GET /${index}`;
      analysis.add({
        endpoint,
        control: answer(names),
        candidate: answer({ v: String(index) }),
        controlAgain: answer({ v: index % 7 }),
      });
    }
    const report = analysis.report();
    expect(report.endpoints.length).toBeLessThanOrEqual(2_001);
    expect(Math.max(...report.endpoints.map(({ fields }) => fields.length))).toBeLessThanOrEqual(250);
  });
});

describe('differences for which there is no room', () => {
  it('count as those of further fields, and never as none', () => {
    const analysis = new Analysis({ today });
    const bodyOf = (endpoint: number, value: number) =>
      answer(Object.fromEntries(Array.from({ length: 190 }, (_, at) => [`n${endpoint}x${at}y`, value])));
    for (let endpoint = 0; endpoint < 60; endpoint += 1)
      for (let index = 0; index < 30; index += 1) {
        const control = bodyOf(endpoint, 1);
        analysis.add({
          endpoint: `GET /${endpoint}`,
          control,
          candidate: bodyOf(endpoint, 2),
          controlAgain: control,
        });
      }
    const { endpoints } = analysis.report();
    expect(endpoints.map(({ verdict }) => verdict)).toEqual(endpoints.map(() => 'differs'));
    expect(endpoints.flatMap(({ fields }) => fields.map(({ path }) => path))).toContain('(further fields)');
  });
});

describe('the same comparisons and the same seed', () => {
  it('give the same report', () => {
    const run = () =>
      analyse(300, 100, (index) => ({ control: answer({ a: index }), candidate: answer({ a: index % 3 }) }));
    expect(run()).toEqual(run());
  });
});
