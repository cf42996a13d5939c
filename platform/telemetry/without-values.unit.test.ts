import { describe, expect, it } from '@jest/globals';
import { messageOf } from './message-of.js';

const ofDatabase = (message: string) => Object.assign(new Error(message), { sqlState: '23000' });
/** What no message may keep, with the quotes and the words that a database sets about it. */
const values = [
  'canary',
  "it's canary",
  "canary' for key 'mine",
  'canary\nat row 1',
  'canary" or \'canary',
  '',
];

describe('the message of an error', () => {
  const reports: readonly [string, (value: string) => string, string][] = [
    ['Duplicate entry', (value) => `Duplicate entry '${value}' for key 'PRIMARY'`, "for key 'PRIMARY'"],
    [
      'a value of another type',
      (value) => `Incorrect integer value: '${value}' for column \`shop\`.\`notes\`.\`amount\` at row 1`,
      '`amount` at row 1',
    ],
    [
      'a truncated value',
      (value) => `Truncated incorrect DOUBLE value: '${value}'`,
      'Truncated incorrect DOUBLE',
    ],
    [
      'a statement that is none',
      (value) => `You have an error in your SQL syntax near '${value}' at line 1`,
      'at line 1',
    ],
    ['a quote that is cut off', (value) => `Duplicate entry '${value}`, 'Duplicate entry'],
    ['a wrong character', (value) => `Invalid utf8mb4 character string: '${value}'`, 'Invalid utf8mb4'],
    [
      'a figure out of range',
      (value) => `BIGINT value is out of range in '(\`a\` - ${value})'`,
      'out of range',
    ],
  ];
  const pairs = reports.flatMap(([what, say, kept]) =>
    values.map((value) => [what, value, say, kept] as const),
  );

  it.each(pairs)('has nothing of the data in %s, %j', (_what, value, say, kept) => {
    for (const error of [ofDatabase(say(value)), new Error(`it failed: ${say(value)}`), say(value)]) {
      const message = messageOf(error);
      expect(message).not.toContain('canary');
      expect(message).toContain(kept);
    }
  });

  it('keeps of what a database quotes only names', () => {
    const message = messageOf(
      ofDatabase(
        "Table 'shop.sagas' has no 'canary', Unknown column 'note' in 'SET', Column 'id' cannot be null",
      ),
    );
    expect(message).toBe(
      "Table 'shop.sagas' has no '...', Unknown column 'note' in 'SET', Column 'id' cannot be null",
    );
  });

  it.each([
    ['getaddrinfo of mysql://shop:canary@db:3306/shop', 'getaddrinfo of mysql://...@db:3306/shop'],
    ['nats://operator:can%23ary@127.0.0.1:4222 refuses', 'nats://...@127.0.0.1:4222 refuses'],
    ['mysql://shop:can@ary@db/shop is no address', 'mysql://...@db/shop is no address'],
    ['550 5.1.1 <canary@shop.example>: no such user', '550 5.1.1 <...@...>: no such user'],
    [
      'in node_modules/@scope/package.js, version a@1.2.3',
      'in node_modules/@scope/package.js, version a@1.2.3',
    ],
    ["Access denied for user 'shop'@'localhost'", "Access denied for user 'shop'@'localhost'"],
  ])('leaves passwords and addresses of people out: %s', (message, cleaned) => {
    expect(messageOf(new Error(message))).toBe(cleaned);
  });

  it.each(['canary', '{"card": canary}', `{"a": 1}${'canary '.repeat(20)}`])(
    'has nothing of a text that is no JSON: %s',
    (text) => {
      expect(messageOf(errorOf(() => JSON.parse(text)))).not.toContain('canary');
    },
  );

  it('has no more of a text than any message needs', () => {
    const endless = messageOf(new Error(`${'a@'.repeat(50_000)}canary`));
    expect(endless.length).toBeLessThan(20_100);
    expect(endless).not.toContain('canary');
  });

  it('says what anything else is that was thrown', () => {
    const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
    expect(
      [refused, new TypeError(''), { message: 'it looks like an error' }, 'a text', null].map(messageOf),
    ).toEqual(['ECONNREFUSED', 'TypeError', 'it looks like an error', 'a text', 'null']);
  });
});

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
