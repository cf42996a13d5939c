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

const table = [
  'GET /inventory',
  'GET /inventory/{id}',
  'PUT /inventory/{id}',
  'PUT /orders/{orderId}/items/{id}',
  'POST /inventory/{id}/decrease',
];

describe('what the gateway takes a target for', () => {
  const config = parseConfig(
    `monolith: http://127.0.0.1:1\nmatching: { caseSensitive: true }\nendpoints:\n${table.map((one) => `  - { endpoint: '${one}' }`).join('\n')}`,
    'gateway.yaml',
    {},
  );
  const match = compileTree(compileEndpoints(config), { caseSensitive: true, strictSlash: false });
  let server: Server;

  beforeAll(async () => {
    const app = express();
    app.set('case sensitive routing', true);
    for (const endpoint of table) {
      const [method = '', path = ''] = endpoint.split(' ');
      const at = path.replaceAll(/\{(\w+)\}/g, ':$1');
      app[method.toLowerCase() as 'get' | 'put' | 'post'](at, (request, response) => {
        response.json([endpoint, request.params['id'] ?? null]);
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

  /** What a real Express takes it for; undefined where it, or Node's parser, refuses it. */
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

  function gatewayTakes(method: string, target: string): unknown {
    const read = readTarget(target);
    if ('refusal' in read) return undefined;
    const found = match(method, read.path);
    if (!found) return ['*', null];
    const { endpoint, values } = found;
    const value = values.at(-1);
    return [endpoint.name, value === undefined ? null : keyInPath(value)];
  }

  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom('inventory', 'orders', 'items', 'decrease', 'K', 'Inventory', 'é', 'a b'),
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
        const gateway = gatewayTakes(method, target);
        if (gateway === undefined) return;
        const program = await expressTakes(method, target);
        if (program === undefined) return;
        alike += 1;
        expect({ target, is: gateway }).toEqual({ target, is: program });
      }),
      { numRuns: 1_500, seed: 42 },
    );
    expect(alike).toBeGreaterThan(300);
  });
});
