import type { Command, Scenario } from '../support/command.js';
import { email, get, noneQueued, pay, place, post, product, put } from './shop-commands.js';

const lists = ['/products', '/inventory', '/payments', '/notifications', '/orders'];
const resources = ['/products/x', '/inventory/x', '/payments/x', '/notifications/x', '/orders/x'];
const actions = ['/inventory/x/decrease', '/payments/x/refund', '/orders/x/cancel', '/orders/x/tracking'];
const other = (method: Command['method'], path: string): Command => ({
  ...{ method, path },
  ...(method === 'GET' || method === 'HEAD' ? {} : { body: {} }),
});

export const httpScenarios: readonly Scenario[] = [
  {
    name: 'methods that a path does not take',
    commands: () =>
      [...lists, ...resources, ...actions, '/customers/x/summary'].flatMap((path) =>
        (['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)
          .filter((method) => method !== 'GET' || actions.includes(path))
          .filter((method) => method !== 'HEAD' || !lists.includes(path))
          .map((method) => other(method, path)),
      ),
  },
  {
    name: 'paths that there are not',
    commands: () =>
      [
        '/nothing',
        '/Orders',
        '/orders/x/elsewhere',
        '/orders/x/cancel/now',
        '/orders/a%20b',
        '/orders/%zz',
        '/orders/a%2Fb',
        `/orders/${'x'.repeat(65)}`,
        '/inventory/%00',
        '/customers',
        '/customers/x',
      ].map((path) => get(path)),
  },
  {
    name: 'queries that a list does not take',
    commands: () =>
      lists.flatMap((path) =>
        [
          'limit=0',
          'limit=201',
          'limit=two',
          'limit=1.5',
          'limit=',
          'limit=1&limit=2',
          'cursor=',
          'cursor=abc',
          'cursor=Nw',
          'colour=red',
        ].map((query) => get(`${path}?${query}`)),
      ),
  },
  {
    name: 'bodies that are none',
    commands: (own) => {
      const bodies = (path: string): Command[] => [
        post(path, '{"broken":'),
        post(path, '[]'),
        post(path, 'null'),
        post(path, '"text"'),
        post(path, ''),
        post(path, undefined),
        post(path, {}, { headers: { 'content-type': 'text/plain' } }),
        post(path, 'a=b', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
        post(path, {}, { headers: { 'content-type': 'application/json; charset=latin1' } }),
        post(path, {}, { headers: { 'content-encoding': 'lzma' } }),
        post(path, '{"__proto__": {"admin": true}}'),
        post(path, String.raw`{"text": "\ud800"}`),
        post(path, String.raw`{"\udc00": "text"}`),
        post(path, { text: 'x'.repeat(1024 * 1024) }),
      ];
      return [
        ...product(own('body'), 1),
        ...['/orders', '/payments', '/notifications', `/inventory/${own('body')}/decrease`].flatMap(bodies),
      ];
    },
  },
  {
    name: 'keys, versions and request ids that clients send',
    commands: (own) => {
      const [id, key] = [own('named'), own('n1')];
      return [
        ...product(id, 5),
        ...['', 'a b', 'ü', 'x'.repeat(256)].map((bad) =>
          put(`/inventory/${id}`, { available: 5 }, { headers: { 'idempotency-key': bad } }),
        ),
        place(own, own('x'.repeat(240)), { [id]: 1 }),
        place(own, 'x'.repeat(256), { [id]: 1 }),
        place(own, key, { [id]: 1 }, { headers: { 'x-request-id': own('request') } }),
        get(`/inventory/${id}`, { headers: { 'x-request-id': own('request') } }),
        get(`/inventory/${id}`, { headers: { 'x-request-id': 'not one' } }),
        get('/orders/nothing', { headers: { 'x-request-id': own('request') } }),
        ...['1', '"1', 'W/1', '""', '"one"', '"1" "2"'].map((ifMatch) =>
          post(`/inventory/${id}/increase`, { quantity: 1 }, { ifMatch }),
        ),
        get(`/inventory/${id}`, { headers: { accept: 'text/html' } }),
        get(`/inventory/${id}`, { headers: { 'if-none-match': '"1"' } }),
      ];
    },
  },
];

const sorted = ['/products', '/inventory'];
const newestFirst = ['/orders', '/payments', '/notifications'];

/** These see what other scenarios leave behind, so they are told alone. */
export const wholeListScenarios: readonly Scenario[] = [
  {
    name: 'whole lists, page by page',
    commands: (own) => [
      ...product(own('paged'), 50),
      ...['one', 'two', 'three', 'four', 'five'].flatMap((name) => [
        place(own, own(name), { [own('paged')]: 1 }, { contact: {} }),
        pay(own(name), own(name), 1),
        post(
          '/notifications',
          { channel: 'email', to: email(own, 'a'), template: 'message', data: { text: name } },
          { key: own(name) },
        ),
      ]),
      ...sorted.flatMap((path) => [
        get(`${path}?limit=200`),
        get(`${path}?limit=7`, { keep: { next: 'nextCursor' } }),
        get(`${path}?limit=7&cursor={next}`, { keep: { next: 'nextCursor' } }),
        get(`${path}?limit=7&cursor={next}`),
        get(path),
      ]),
      ...newestFirst.flatMap((path) => [
        get(`${path}?limit=2`, { keep: { next: 'nextCursor' }, until: noneQueued }),
        get(`${path}?limit=2&cursor={next}`, { until: noneQueued }),
      ]),
    ],
  },
];
