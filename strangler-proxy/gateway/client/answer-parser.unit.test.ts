import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AnswerParser } from './answer-parser.js';
import { MalformedAnswer } from './read-head.js';

interface Read {
  interim: number[];
  status?: number;
  headers?: string[];
  body: string;
  trailers?: string[];
  /** Bytes behind the answer. */
  rest: number;
  whole: boolean;
}

interface How {
  /** Where the answer is cut into pieces. */
  cuts?: number[];
  toHead?: boolean;
  /** The connection ends behind it. */
  eof?: boolean;
}

/** Reads an answer that comes in pieces, each overwritten after it was handed over, as a connection does. */
function read(text: string, { cuts = [], toHead = false, eof = false }: How = {}): Read {
  const bytes = Buffer.from(text, 'latin1');
  const result: Read = { interim: [], body: '', rest: 0, whole: false };
  const parser = new AnswerParser(toHead, {
    informed: ({ status }) => void result.interim.push(status),
    headCame: ({ status, headers }) => void Object.assign(result, { status, headers }),
    data: (piece) => void (result.body += piece.toString('latin1')),
  });
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other);
  let from = 0;
  for (const to of [...ends, bytes.length]) {
    if (to === from) continue;
    const piece = Buffer.from(bytes.subarray(from, to));
    const taken = parser.whole ? 0 : parser.read(piece);
    if (parser.whole) result.rest += piece.length - taken;
    piece.fill(0x21);
    from = to;
  }
  if (eof && !parser.whole) parser.ended();
  if (parser.whole) result.trailers = parser.trailers;
  return { ...result, whole: parser.whole };
}

const examples: [string, string, Partial<Read>, How?][] = [
  [
    'a length',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A:\t b \t\r\n\r\nok',
    { body: 'ok', headers: ['Content-Length', '2', 'X-A', 'b'] },
  ],
  [
    'chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\nA;x="y"\r\n0123456789\r\n0\r\n\r\n',
    { body: 'ok0123456789' },
  ],
  [
    'trailers',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n!\r\n0\r\nX-A: 1\r\nX-B: \xe9\r\n\r\n',
    { body: '!', trailers: ['X-A', '1', 'X-B', '\xe9'] },
  ],
  ['no phrase', 'HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n', { status: 299, body: '' }],
  ['a phrase of any bytes', 'HTTP/1.1 200 \xff\x00\x80\t\r\nContent-Length: 1\r\n\r\nx', { body: 'x' }],
  ['an end by closing', 'HTTP/1.0 200 OK\r\n\r\nall of it', { body: 'all of it' }, { eof: true }],
  ['nothing, to HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', { body: '' }, { toHead: true }],
  ['nothing, by its status', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n', { body: '' }],
  [
    'interim ones before it',
    'HTTP/1.1 100 \r\n\r\nHTTP/1.1 103 Hi\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    { interim: [100, 103], body: 'x' },
  ],
  [
    'a blank before a colon',
    'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx',
    { headers: ['Content-Length', '1'], body: 'x' },
  ],
];

const good = examples.map(([what, text, expected, how = {}]): [string, string, Partial<Read>, How] => [
  what,
  text,
  expected,
  how,
]);

const bad: [string, string][] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['a status that is none', 'HTTP/1.1 abc OK\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['a change of protocol', 'HTTP/1.1 101 Switching\r\n\r\n'],
  ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
  ['bare line feeds alone', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a bare line feed in a value', 'HTTP/1.1 200 OK\r\nX-A: b\nContent-Length: 0\r\n\r\n'],
  ['a bare carriage return', 'HTTP/1.1 200 OK\r\nX-A: b\rc\r\n\r\n'],
  ['a zero byte', 'HTTP/1.1 200 OK\r\nX-A: b\0\r\n\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n'],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
  ['a name with a blank', 'HTTP/1.1 200 OK\r\nX A: b\r\n\r\n'],
  ['no name', 'HTTP/1.1 200 OK\r\n: b\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['two lengths in one', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
  ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n'],
  ['a length beyond numbers', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['another encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  ['chunks twice', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['chunks of HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['a head too large', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\n\r\n`],
  ['a head without end', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}`],
  ['too many lines', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(2_001)}\r\n`],
  ['too many interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(40)],
  ...(
    [
      ['no size', '\r\n'],
      ['a size in disguise', '0x1\r\nx\r\n'],
      ['a signed size', '-1\r\nx\r\n'],
      ['a size beyond numbers', 'fffffffffffffffff\r\n'],
      ['a size without its line end', '1\nx\r\n'],
      ['a chunk longer than its size', '1\r\nxy\r\n'],
      ['an end that is none', '0\r\nx\r\n\r\n'],
      ['a bare line feed in trailers', '0\r\nX-A: b\n\r\n'],
      ['trailers too large', `0\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`],
      ['an extension with a control', '1;\x01\r\nx\r\n'],
      ['an extension without end', `1;${'x'.repeat(5_000)}\r\nx\r\n`],
    ] as const
  ).map(([what, body]): [string, string] => [
    `${what}, in chunks`,
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
  ]),
];

const cuts = fc.array(fc.nat(200_000), { maxLength: 12 });

describe('an answer', () => {
  it.each(good)('is read alike in any pieces: %s', (_what, text, expected, how) => {
    const whole = read(text, how);
    expect(whole).toMatchObject({ ...expected, whole: true, rest: 0 });
    fc.assert(fc.property(cuts, (at) => expect(read(text, { ...how, cuts: at })).toEqual(whole)));
    expect(read(text, { ...how, cuts: Array.from(text, (_, at) => at) })).toEqual(whole);
  });

  it.each(good.filter(([, , , how]) => !how.eof))(
    'is over before its last byte for nobody: %s',
    (_what, text, _expected, how) => {
      for (let length = 0; length < text.length; length += 1) {
        expect(read(text.slice(0, length), { ...how, eof: true }).whole).toBe(false);
      }
    },
  );

  it.each(good.filter(([, , , how]) => !how.eof))(
    'ends where it ends, whatever comes behind: %s',
    (_what, text, _expected, how) => {
      fc.assert(
        fc.property(cuts, (at) =>
          expect(read(`${text}HTTP/1.1 200 OK\r\n`, { ...how, cuts: at }).rest).toBe(17),
        ),
      );
    },
  );

  it.each(bad)('is refused in any pieces: %s', (_what, text) => {
    const refused = (at: number[]) => expect(() => read(text, { cuts: at })).toThrow(MalformedAnswer);
    refused([]);
    fc.assert(fc.property(cuts, refused), { numRuns: 30 });
  });

  it('never throws anything but that it is malformed', () => {
    const piece = fc.constantFrom(
      'HTTP/1.1 200 OK',
      '\r\n',
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
      ': ',
      '3',
      'abc',
      '0',
      ';',
      '\x00',
      '\xff',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), cuts, (pieces, at) => {
        let thrown: unknown = new MalformedAnswer();
        try {
          read(`HTTP/1.1 200 OK\r\n${pieces.join('')}`, { cuts: at, eof: true });
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(MalformedAnswer);
      }),
    );
  });
});
