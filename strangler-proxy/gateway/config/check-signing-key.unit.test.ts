import { describe, expect, it } from '@jest/globals';
import { checkSigningKey } from './check-signing-key.js';
import { parseConfig } from './read-config-file.js';

const check = (endpoint: string, more = '') => {
  const text = [
    'monolith: http://127.0.0.1:4100',
    'nats: nats://127.0.0.1',
    'capabilities: { inventory: { service: { discover: inventory } } }',
    `endpoints: [{ endpoint: POST /inventory, ${endpoint} }]`,
    more,
  ].join('\n');
  return () => checkSigningKey(parseConfig(text, 'gateway.yaml', {}), 'gateway.yaml');
};

describe('a gateway that makes ids', () => {
  it('needs the key that programs check them by, where the id decides the owner', () => {
    expect(check('capability: inventory, key: new')).toThrow(
      'gateway.yaml needs signingKey for POST /inventory: the new id decides the owner, who must believe it',
    );
    expect(check('capability: inventory, key: new', `signingKey: ${'a'.repeat(32)}`)).not.toThrow();
  });

  it('needs none where programs may choose as well', () => {
    expect(check('capability: orders, key: new')).not.toThrow();
    expect(check('capability: inventory, key: request.productId')).not.toThrow();
  });
});
