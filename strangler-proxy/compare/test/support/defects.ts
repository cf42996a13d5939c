import { type GeneratedAnswer, hex, type Random } from './generated-shop.js';

/** Something that a wrong candidate does. */
export interface Defect {
  name: string;
  /** In which share of its answers. */
  share: number;
  /** Paths of which one has to be found. */
  at: string[];
  spoil(answer: GeneratedAnswer, random: Random): void;
}

const body = (
  name: string,
  at: string | string[],
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a body is broken on purpose
  spoil: (body: any, random: Random) => void,
  share = 1,
): Defect => ({ name, share, at: [at].flat(), spoil: (answer, random) => spoil(answer.body, random) });

const header = (
  name: string,
  at: string,
  spoil: (headers: Record<string, string>) => void,
  share = 1,
): Defect => ({
  name,
  share,
  at: [at],
  spoil: ({ headers }) => spoil(headers),
});

const cookie = (name: string, at: string, from: string, to: string): Defect =>
  header(name, at, (headers) => (headers['Set-Cookie'] = headers['Set-Cookie']!.replace(from, to)));

const addCent = (amount: string) => (Number(amount) + 0.01).toFixed(2);
const anHour = 3_600_000;
const later = (time: string, milliseconds: number) => new Date(Date.parse(time) + milliseconds).toISOString();

/** One of each kind that migrations are known to bring. */
export const defects: readonly Defect[] = [
  body('a wrong cent in 1 of 1,000', 'body.total', (order) => (order.total = addCent(order.total)), 0.001),
  body(
    'a wrong cent in a list, in 1 of 100',
    'body.items[].unitPrice',
    ({ items }) => (items[1].unitPrice = addCent(items[1].unitPrice)),
    0.01,
  ),
  body('the order of a list', 'body.items', (order) => order.items.reverse()),
  body('the order of a list of words', 'body.history', (order) => order.history.reverse(), 0.1),
  body('a missing field', 'body.customer.mail', (order) => delete order.customer.mail),
  body(
    'a field that is missing now and then',
    'body.customer.points',
    (order) => delete order.customer.points,
    0.02,
  ),
  body('a field too many', 'body.internalId', (order) => (order.internalId = 7)),
  body('null instead of a text', 'body.note', (order) => (order.note = null)),
  body('a text instead of null', 'body.note', (order) => (order.note ??= '')),
  body('a number as a text', 'body.vat', (order) => (order.vat = String(order.vat))),
  body('a text as a number', 'body.total', (order) => (order.total = Number(order.total))),
  body('a flag as a number', 'body.paid', (order) => (order.paid = Number(order.paid))),
  header('another media type', 'headers.content-type', (headers) => (headers['Content-Type'] = 'text/plain')),
  header('a missing header', 'headers.cache-control', (headers) => delete headers['Cache-Control']),
  header(
    'another max-age',
    'headers.cache-control',
    (headers) => (headers['Cache-Control'] = 'private, max-age=600'),
    0.2,
  ),
  cookie('a cookie without HttpOnly', 'cookies.sid.httponly', ' HttpOnly;', ''),
  cookie('a cookie for any site', 'cookies.sid.samesite', 'Lax', 'None'),
  cookie('a cookie that lives too long', 'cookies.sid.max-age', '3600', '36000'),
  header('a missing cookie', 'cookies.sid', (headers) => delete headers['Set-Cookie']),
  { name: 'another status', share: 0.02, at: ['status'], spoil: (answer) => (answer.status = 500) },
  {
    name: 'another status of the same class',
    share: 1,
    at: ['status'],
    spoil: (answer) => (answer.status = 201),
  },
  body('rounding down', 'body.vat', (order) => (order.vat = Math.floor(order.vat * 10) / 10)),
  body('decimals cut off', 'body.total', (order) => (order.total = Number(order.total).toFixed(1))),
  body('digits lost by a float', 'body.weight', (order) => (order.weight = Math.fround(order.weight))),
  body('a page that begins one later', 'body.items', (order) => order.items.shift(), 0.1),
  body('a page that is one off', 'body.page.offset', (order) => (order.page.offset += 1), 0.1),
  body('a total of pages that is one off', 'body.page.total', (order) => (order.page.total -= 1)),
  body(
    'a time an hour off',
    'body.placedAt',
    (order) => (order.placedAt = later(order.placedAt, anHour)),
    0.1,
  ),
  body(
    'a noisy clock an hour off',
    'body.servedAt',
    (order) => (order.servedAt = later(order.servedAt, anHour)),
    0.05,
  ),
  body('a time without zone', 'body.servedAt', (order) => (order.servedAt = order.servedAt.replace('Z', ''))),
  body(
    'a time without milliseconds',
    'body.servedAt',
    (order) => (order.servedAt = order.servedAt.replace(/\.\d+/, '')),
  ),
  body('a constant token', 'body.token', (order) => (order.token = 'c0ffee00c0ffee00c0ffee00c0ffee00')),
  body(
    'a token that is used twice',
    'body.token',
    (order, random) => (order.token = String(Math.floor(random() * 4)).repeat(32)),
  ),
  body('a token that is too short', 'body.token', (order) => (order.token = order.token.slice(0, 30))),
  body(
    'a token in upper case',
    'body.requestId',
    (order) => (order.requestId = order.requestId.toUpperCase()),
  ),
  body('no UUID', 'body.requestId', (order, random) => (order.requestId = `req-${hex(random, 12)}`), 0.05),
  body('a negative score', 'body.score', (order) => (order.score = -order.score - 0.01), 0.05),
  body('a score above the range', 'body.score', (order) => (order.score += 1), 0.1),
  body(
    'a noisy amount in cents',
    'body.balance',
    (order) => (order.balance = Math.round(order.balance * 100)),
    0.1,
  ),
  body('a noisy amount with too many decimals', 'body.balance', (order) => (order.balance += 0.0001), 0.2),
  body('a noisy number as a text', 'body.latency', (order) => (order.latency = String(order.latency)), 0.02),
  body('a noisy field that is null', 'body.latency', (order) => (order.latency = null), 0.02),
  body('an inverted flag', 'body.paid', (order) => (order.paid = !order.paid)),
  body('an inverted noisy flag', 'body.cached', (order) => (order.cached = !order.cached)),
  body('an unknown value of a noisy word', 'body.node', (order) => (order.node = 'd'), 0.1),
  body(
    'another host of a noisy address',
    'body.download',
    (order) => (order.download = order.download.replace('files.', 'test.')),
    0.1,
  ),
  body(
    'the first element of a noisy list',
    'body.ranking',
    (order) => order.ranking.push(order.ranking.shift()),
    0.3,
  ),
  body('a member of an unordered list', 'body.tags', (order) => (order.tags[0] = 'old'), 0.05),
  body(
    'a missing member of an unordered list of objects',
    'body.related',
    (order) => order.related.pop(),
    0.05,
  ),
  body(
    'a wrong field in an unordered list of objects',
    'body.related[].price',
    (order) => (order.related[2].price += 1),
    0.05,
  ),
  body('an element twice', 'body.items', ({ items }) => items.push(items[0]), 0.1),
  body('an empty list', 'body.items', (order) => (order.items = []), 0.05),
  body('null instead of a list', 'body.history', (order) => (order.history = null), 0.05),
  body(
    'letters in another case',
    'body.customer.name',
    (order) => (order.customer.name = order.customer.name.toUpperCase()),
  ),
  body('white space at the end', 'body.currency', (order) => (order.currency += ' ')),
  body('an umlaut in another form', 'body.customer.name', (order) => (order.customer.name = 'A\u0308nn')),
  body(
    'a wrong word of a list',
    'body.status',
    (order) => (order.status = order.status === 'sent' ? 'shipped' : order.status),
  ),
  {
    name: 'a page of HTML instead of JSON',
    share: 0.02,
    at: ['body'],
    spoil: (answer) => (answer.body = '<html><body>Gateway error</body></html>'),
  },
  { name: 'an empty body', share: 0.02, at: ['body'], spoil: (answer) => (answer.body = '') },
  {
    name: 'JSON that is cut off',
    share: 0.02,
    at: ['body'],
    spoil: (answer) => (answer.body = JSON.stringify(answer.body).slice(0, 90)),
  },
];
