import { describe, expect, it } from '@jest/globals';
import type { EndpointView } from '../status/merge-endpoint.js';
import { resolveEndpoint } from './resolve-endpoint.js';

const view = (endpoint: string, flag: string | null) =>
  ({ endpoint, flag, kind: endpoint.startsWith('GET') ? 'read' : 'write' }) as EndpointView;

const endpoints = [
  view('GET /inventory', 'inventory.list'),
  view('GET /inventory/{productId}', 'inventory.get'),
  view('PUT /inventory/{productId}', null),
  view('GET /products', null),
];

describe('naming an endpoint', () => {
  it.each([
    'inventory.get',
    'GET /inventory/{productId}',
    'get /inventory/{id}',
    '  GET   /inventory/{productId} ',
  ])('takes %p for the same one', (named) => {
    expect(resolveEndpoint(named, endpoints).flag).toBe('inventory.get');
  });

  it('suggests the nearest, and lists what can be flipped', () => {
    expect(() => resolveEndpoint('inventory.gett', endpoints)).toThrow(
      'No gateway knows an endpoint "inventory.gett"; did you mean "inventory.get"? These can be flipped: inventory.list, inventory.get.',
    );
  });

  it('suggests nothing for what is like nothing', () => {
    expect(() => resolveEndpoint('shipping', endpoints)).toThrow(
      'No gateway knows an endpoint "shipping". These',
    );
  });

  it('says why a write has no flag, and why a read may have none', () => {
    expect(() => resolveEndpoint('PUT /inventory/{productId}', endpoints)).toThrow(
      'goes to the owner of its data',
    );
    expect(() => resolveEndpoint('GET /products', endpoints)).toThrow('no service stands behind it');
  });
});
