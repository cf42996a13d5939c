import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import fc from 'fast-check';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { parseConfig } from '../config/read-config-file.js';
import { keyInPath } from '../routing/key-source.js';
import { compileEndpoints } from '../routing/endpoint.js';
import { compileTree } from '../routing/endpoint-tree.js';
import { isHost, readTarget } from './read-target.js';

describe('a host', () => {
  it.each([
    '',
    'shop',
    'shop.example.com',
    'shop:8080',
    'shop:',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:65535',
    'a_b.c',
    'x%20y',
  ])('is well-formed: %p', (host) => expect(isHost(host)).toBe(true));

  it.each([
    ...[
      '[::1',
      '::1]',
      '[::1]x',
      '[]',
      '[zz]',
      '[1.2.3.4]',
      'a b',
      'u@a',
      'a/b',
      'a, b',
      'a,b',
      '<a>',
      'a"',
      'a?b',
      'a#b',
    ],
    ...['shop:65536', 'shop:-1', 'shop:8x', 'shop:80:80', 'a\\b', 'a%zz', 'a\tb', 'é', 'a^b', '{a}', 'a|b'],
  ])('is ill-formed: %p', (host) => expect(isHost(host)).toBe(false));
});

describe('a target', () => {
  it.each([
    ['/inventory/K?x=1', { path: '/inventory/K?x=1', host: undefined }],
    ['http://shop:80/inventory/K', { path: '/inventory/K', host: 'shop:80' }],
    ['HTTP://shop', { path: '/', host: 'shop' }],
    ['http://shop?x=1', { path: '/?x=1', host: 'shop' }],
    ['//a@b/inventory/K', { path: '//a@b/inventory/K', host: undefined }],
  ])('is read: %s', (target, read) => expect(readTarget(target)).toEqual(read));

  it.each([
    ...[
      '/inventory/K#x',
      '//a@b/inventory/K#',
      '/inventory\\K#',
      '\\K#',
      '/inventory\\K',
      '/a\u00a0',
      '/a\u0000',
      '/a b',
      '/a\t',
    ],
    ...[
      '*',
      '',
      'shop:80',
      'https://shop/',
      'http:///inventory',
      'http://u@shop/',
      'http://[::1/',
      'http://a b/',
      'inventory/K',
    ],
  ])('is refused: %p', (target) => expect(readTarget(target)).toHaveProperty('refusal'));
});

/** Endpoints, each with the path by which Express knows it. */
const table: readonly (readonly [endpoint: string, ...paths: string[]])[] = [
  ['GET /inventory', '/inventory'],
  ['GET /inventory/{id}', '/inventory/:id'],
  ['PUT /inventory/{id}', '/inventory/:id'],
  ['PUT /orders/{orderId}/items/{id}', '/orders/:orderId/items/:id'],
  ['POST /inventory/{id}/decrease', '/inventory/:id/decrease'],
  ['GET /items/{kind}-{id}', '/items/:kind-:id'],
  ['GET /@{scope}/{id}', '/@:scope/:id'],
  ['GET /orders/{id}.json', '/orders/:id.json'],
  ['GET /files/*', '/files', '/files/', '/files/*rest'],
];

describe.each([
  { caseSensitive: true, strictSlash: false },
  { caseSensitive: false, strictSlash: false },
  { caseSensitive: true, strictSlash: true },
  { caseSensitive: false, strictSlash: true },
])('what the gateway takes a target for, with %j', (matching) => {
  const config = parseConfig(
    `monolith: http://127.0.0.1:1\nmatching: ${JSON.stringify(matching)}\nendpoints:\n${table.map(([one]) => `  - { endpoint: '${one}' }`).join('\n')}`,
    'gateway.yaml',
    {},
  );
  const match = compileTree(compileEndpoints(config), matching);
  let server: Server;

  beforeAll(async () => {
    const app = express();
    app.set('case sensitive routing', matching.caseSensitive);
    app.set('strict routing', matching.strictSlash);
    for (const [endpoint, ...paths] of table) {
      const [method = ''] = endpoint.split(' ');
      app[method.toLowerCase() as 'get' | 'put' | 'post'](paths, (request, response, next) => {
        // Below a wildcard a program may read them as another path: they are for no endpoint.
        if (endpoint.endsWith('*') && /\/(\.|%2e){1,2}(\/|$)/i.test(request.path)) next();
        else response.json([endpoint, request.params['id'] ?? null]);
      });
    }
    app.use((_request, response) => void response.json(['*', null]));
    app.use(
      ((_error, _request, response, _next) =>
        void response.status(400).json(['refused'])) as express.ErrorRequestHandler,
    );
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server.close());

  /** What a real Express takes it for, as it is passed on; undefined where it, or Node's parser, refuses it. */
  function expressTakes(method: string, target: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
      socket.on('error', reject).on('close', () => {
        resolve(
          /^HTTP\/1.1 200 /.test(answer)
            ? JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
            : undefined,
        );
      });
      socket.end(
        Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1'),
      );
    });
  }

  function gatewayTakes(method: string, path: string): unknown {
    const found = match(method, path);
    if (!found) return ['*', null];
    const { endpoint, values } = found;
    const value = endpoint.name.endsWith('*') ? undefined : values.at(-1);
    return [endpoint.name, value === undefined ? null : keyInPath(value)];
  }

  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'inventory',
        'orders',
        'items',
        'decrease',
        'K',
        'Inventory',
        'FILES',
        'files',
        'é',
        'a b',
      ),
    },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        '/',
        '/',
        '//',
        '?',
        '#',
        '\\',
        '.',
        '..',
        '/./',
        '/../',
        '@',
        ':',
        ';',
        ',',
        '%',
        '-',
        '.json',
        '/@',
      ),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        '%2F',
        '%2f',
        '%23',
        '%5C',
        '%25',
        '%zz',
        '%C3%A9',
        '%ff',
        '%00',
        '%2e%2e',
        '%20',
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '\u00a0',
        '\t',
        '\u0000',
        '\u00ff',
        '\u007f',
        '"',
        '<',
        '>',
        '{',
        '}',
        '|',
        '^',
        '`',
        "'",
        '+',
        '&',
        '=',
      ),
    },
  );
  const start = fc.constantFrom(
    '/',
    '/',
    '/inventory/',
    '/inventory',
    '/orders/1/items/',
    '/orders/',
    '/items/',
    '/@',
    '/files',
    'http://x/',
    'http://x',
    '//',
    '\\',
  );
  const targets = fc
    .tuple(start, fc.array(piece, { maxLength: 6 }))
    .map(([from, rest]) => from + rest.join(''));

  it('is what a real Express takes it for, or it is refused', async () => {
    let alike = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'PUT', 'POST'), targets, async (method, target) => {
        const read = readTarget(target);
        if ('refusal' in read) return;
        const gateway = gatewayTakes(method, read.path);
        const program = await expressTakes(method, read.path);
        if (program === undefined) return;
        alike += 1;
        expect({ target, is: gateway }).toEqual({ target, is: program });
      }),
      { numRuns: 1_000, seed: 42 },
    );
    expect(alike).toBeGreaterThan(200);
  });
});
