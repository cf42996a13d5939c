import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseConfig } from '../config/read-config-file.js';
import { keyInPath } from './key-source.js';
import { compileEndpoints } from './endpoint.js';
import { compileTree, type Matching } from './endpoint-tree.js';

const table = [
  'GET /files/*',
  'GET /files/index',
  'GET /@{scope}/{pkg}',
  'GET /rates/{from}-{to}.json',
  'GET /rates/{name}.json',
  'GET /rates/{name}',
  'GET /',
  'GET /inventory',
  'GET /inventory/{productId}',
  'PUT /inventory/{productId}',
  'POST /inventory/{productId}/decrease',
  'GET /inventory/summary',
  'GET /orders/{orderId}/items/{itemId}',
];

function matcher(matching: Matching = { caseSensitive: false, strictSlash: false }) {
  const endpoints = table.map((endpoint) => `  - { endpoint: '${endpoint}' }`).join('\n');
  const config = parseConfig(`monolith: http://127.0.0.1:1\nendpoints:\n${endpoints}`, 'gateway.yaml', {});
  const match = compileTree(compileEndpoints(config), matching);
  return (method: string, target: string) => {
    const found = match(method, target);
    return found && [found.endpoint.name, ...found.values];
  };
}

describe('the endpoint tree', () => {
  it('finds an endpoint and the values of its parameters as they stand in the path', () => {
    const match = matcher();
    expect(match('GET', '/inventory/SKU%2F1?fields=all')).toEqual(['GET /inventory/{productId}', 'SKU%2F1']);
    expect(match('POST', '/inventory/A-1/decrease')).toEqual(['POST /inventory/{productId}/decrease', 'A-1']);
    expect(match('GET', '/orders/7/items/b')).toEqual(['GET /orders/{orderId}/items/{itemId}', '7', 'b']);
    expect(match('GET', '/')).toEqual(['GET /']);
    expect(match('GET', '/?x=/inventory')).toEqual(['GET /']);
  });

  it('takes a literal before a parameter, and a parameter where the literal leads nowhere', () => {
    const match = matcher();
    expect(match('GET', '/inventory/summary')).toEqual(['GET /inventory/summary']);
    expect(match('PUT', '/inventory/summary')).toEqual(['PUT /inventory/{productId}', 'summary']);
  });

  it('takes HEAD for GET, and no method for another', () => {
    const match = matcher();
    expect(match('HEAD', '/inventory')).toEqual(['GET /inventory']);
    expect(match('OPTIONS', '/inventory')).toBeUndefined();
    expect(match('DELETE', '/inventory/A-1')).toBeUndefined();
  });

  it('knows the spellings that Express takes for the same endpoint, unless told otherwise', () => {
    const lenient = matcher();
    expect(lenient('GET', '/Inventory/A-1/')).toEqual(['GET /inventory/{productId}', 'A-1']);
    const strict = matcher({ caseSensitive: true, strictSlash: true });
    expect(strict('GET', '/Inventory/A-1')).toBeUndefined();
    expect(strict('GET', '/inventory/A-1/')).toBeUndefined();
  });

  it('takes a * for all that follows, and for nothing that follows, where nothing else is meant', () => {
    const match = matcher();
    for (const target of [
      '/files',
      '/files/',
      '/files/a',
      '/Files/a/b//c/?x',
      '/files/%2e%2e.txt',
      '/files/index/a',
    ])
      expect(match('GET', target)).toEqual(['GET /files/*']);
    expect(match('GET', '/files/index')).toEqual(['GET /files/index']);
    // What a program may take for another path is left to the monolith.
    for (const target of [
      '/files/../orders',
      '/files/%2E./orders',
      '/files/a/..',
      '/files/./a',
      '/filesystem',
    ])
      expect(match('GET', target)).toBeUndefined();
    expect(match('PUT', '/files/a')).toBeUndefined();
  });

  it('finds parameters beside literals, the longest literals first', () => {
    const match = matcher();
    expect(match('GET', '/@acme/tool')).toEqual(['GET /@{scope}/{pkg}', 'acme', 'tool']);
    expect(match('GET', '/acme/tool')).toBeUndefined();
    expect(match('GET', '/@/tool')).toBeUndefined();
    expect(match('GET', '/rates/EUR-USD.JSON')).toEqual(['GET /rates/{from}-{to}.json', 'EUR', 'USD']);
    expect(match('GET', '/rates/all.json')).toEqual(['GET /rates/{name}.json', 'all']);
    expect(match('GET', '/rates/all')).toEqual(['GET /rates/{name}', 'all']);
    expect(match('GET', '/rates/-USD.json')).toEqual(['GET /rates/{name}.json', '-USD']);
  });

  it('does not guess where values part that could part in two places', () => {
    const match = matcher();
    const [name, ...values] = match('GET', '/rates/a-b-c.json') ?? [];
    expect([name, ...values.map(keyInPath)]).toEqual(['GET /rates/{from}-{to}.json', undefined, undefined]);
  });

  it('takes no longer for what is made to be read in many ways', () => {
    const match = matcher();
    const began = performance.now();
    for (let n = 0; n < 100; n++) match('GET', `/rates/${'-'.repeat(16_000)}.jso`);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('parts any two values that have no separator in them', () => {
    const match = matcher();
    const value = fc.stringMatching(/^[A-Za-z0-9_~%]+$/);
    fc.assert(
      fc.property(value, value, (from, to) => {
        expect(match('GET', `/rates/${from}-${to}.json`)).toEqual(['GET /rates/{from}-{to}.json', from, to]);
      }),
    );
  });

  it('leaves to the monolith what is not in the table', () => {
    const match = matcher();
    for (const target of [
      '/inventory/',
      '//inventory',
      '/inventory//decrease',
      '/inventory/A-1/x',
      '/../inventory',
      '*',
      '',
    ]) {
      expect(match('POST', target)).toBeUndefined();
    }
  });

  it('gives back any id that a path can carry, whatever its characters', () => {
    const match = matcher();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        const segment = encodeURIComponent(id);
        fc.pre(segment.toLowerCase() !== 'summary');
        expect(match('GET', `/inventory/${segment}?a=b`)).toEqual(['GET /inventory/{productId}', segment]);
      }),
    );
  });
});
