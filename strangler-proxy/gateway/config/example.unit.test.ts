import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfig, readConfigFile } from './read-config-file.js';

const file = join(import.meta.dirname, '..', 'gateway.example.yaml');
const example = readConfigFile(file, {});
const minimal = parseConfig('monolith: http://127.0.0.1:4100', 'minimal', {});

describe('gateway.example.yaml', () => {
  it('says the defaults as they are', () => {
    for (const section of [
      'listen',
      'admin',
      'monolith',
      'monolithLimits',
      'matching',
      'unmapped',
      'limits',
      'trustedPeers',
      'drain',
      'natsTimeouts',
      'parking',
      'accessLog',
    ] as const) {
      expect([section, example[section]]).toEqual([section, minimal[section]]);
    }
    const plain = parseConfig(
      'monolith: http://127.0.0.1:4100\nnats: nats://127.0.0.1\ncapabilities: { inventory: { service: http://127.0.0.1:1 } }\nendpoints: [{ endpoint: GET / }]',
      'plain',
      {},
    );
    const { title, service, ...defaults } = example.capabilities['inventory'] ?? {};
    expect({ title, service: service?.discover }).toEqual({ title: 'Inventory', service: 'inventory' });
    expect(plain.capabilities['inventory']).toMatchObject(defaults);
    expect(example.flags).toMatchObject({
      environment: minimal.flags.environment,
      refresh: minimal.flags.refresh,
    });
  });

  it('says every setting that there is', () => {
    const said = parse(readFileSync(file, 'utf8')) as object;
    expect(Object.keys(said).sort()).toEqual(
      Object.keys(minimal).concat('nats', 'state', 'documents', 'signingKey').filter(unique).sort(),
    );
    const lines = example.endpoints.flatMap((endpoint) => Object.keys(endpoint));
    expect([...new Set(lines)].sort()).toEqual([
      'acceptedIsDone',
      'capability',
      'endpoint',
      'flag',
      'key',
      'kind',
      'stickiness',
      'timeouts',
      'verb',
      'writes',
    ]);
  });
});

function unique(word: string, at: number, words: string[]): boolean {
  return words.indexOf(word) === at;
}
