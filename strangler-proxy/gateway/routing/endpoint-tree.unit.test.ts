import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseConfig } from '../config/read-config-file.js';
import { compileEndpoints } from './endpoint.js';
import { compileTree, type Matching } from './endpoint-tree.js';

const table = [
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
