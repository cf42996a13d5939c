import { describe, expect, it } from '@jest/globals';
import { parseConfig, readConfigFile } from './read-config-file.js';

function problems(text: string, environment: Record<string, string> = {}): string[] {
  try {
    parseConfig(text, 'gateway.yaml', environment);
  } catch (error) {
    const [head, ...lines] = (error as Error).message.split('\n');
    expect(head).toBe("The gateway's configuration gateway.yaml is wrong:");
    return lines.map((line) => line.trim());
  }
  return [];
}

describe('a configuration', () => {
  it('needs to say no more than where the monolith is', () => {
    const config = parseConfig('monolith: http://127.0.0.1:3000', 'gateway.yaml', {});
    expect(config.monolith).toEqual({
      ...{ urls: ['http://127.0.0.1:3000'], discover: undefined, hosts: [] },
    });
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config.limits.body).toBe(1024 * 1024);
  });

  it('takes what changes from place to place from the environment', () => {
    const text = 'listen:\n  port: ${PORT:-8080}\nmonolith: ${MONOLITH}\nnats: ${NATS:-}';
    const config = parseConfig(text, 'gateway.yaml', {
      PORT: '9000',
      MONOLITH: 'http://legacy:80',
      NATS: '',
    });
    expect(config.listen.port).toBe(9000);
    expect(config.monolith.urls).toEqual(['http://legacy']);
    expect(config.nats).toBeUndefined();
    expect(parseConfig(text, 'gateway.yaml', { MONOLITH: 'http://legacy' }).listen.port).toBe(8080);
  });

  it('takes hosts as a list, or as a text from the environment', () => {
    const hostsOf = (hosts: string, environment = {}) =>
      parseConfig(
        `monolith: { discover: monolith, hosts: ${hosts} }\nnats: nats://127.0.0.1:4222`,
        'gateway.yaml',
        environment,
      ).monolith.hosts;
    expect(hostsOf('[one, "two:4101"]')).toEqual(['one', 'two:4101']);
    expect(hostsOf("'${HOSTS}'", { HOSTS: '10.0.0.7:4101, [::1]' })).toEqual(['10.0.0.7:4101', '[::1]']);
    expect(() => hostsOf('[http://one]')).toThrow('must be a host such as inventory');
    expect(() => hostsOf('""')).toThrow('must be a host such as inventory');
  });

  it('says which variable is missing, and how to do without', () => {
    expect(problems('listen:\n  port: 1\nmonolith: ${MONOLITH_URL}')).toEqual([
      'line 3: the environment variable MONOLITH_URL is not set and has no default; write ${MONOLITH_URL:-default} to give one',
    ]);
  });

  it('names line, field, what is wrong and what was probably meant', () => {
    const text = [
      'monolith: http://127.0.0.1:4100',
      'nats: nats://127.0.0.1',
      'listen: { prot: 8080 }',
      'capabilities:',
      '  inventory:',
      '    service: { discover: inventory }',
      '    consistency: { maxStalenes: 3s, listWait: soon }',
      'endpoints:',
      '  - endpoint: FETCH /inventory',
      '  - endpoint: GET /inventory/{productId}',
      '    capability: inventory',
      '    key: path.produktId',
      '    stickyness: random',
    ].join('\n');
    expect(problems(text)).toEqual([
      'line 3: listen: doesn\'t know "prot" (did you mean "port"?); allowed are host, port, publicUrl',
      'line 7: capabilities.inventory.consistency.listWait: must be a duration such as 300ms, 2s or 5m',
      'line 7: capabilities.inventory.consistency: doesn\'t know "maxStalenes" (did you mean "maxStaleness"?); allowed are maxStaleness, clockSkewAllowance, listWait, mixedListWait, unknownOutcome, maxKeys',
      'line 9: endpoints[0].endpoint: must be one of GET, POST, PUT, PATCH, DELETE, a space, and a path such as /inventory/{productId}',
      'line 10: endpoints[1]: doesn\'t know "stickyness" (did you mean "stickiness"?); allowed are endpoint, capability, verb, flag, key, stickiness, kind, acceptedIsDone, timeouts, writes',
    ]);
  });

  it('refuses names that stand nowhere', () => {
    const text = [
      'monolith: http://127.0.0.1:4100',
      'capabilities:',
      '  inventory: {}',
      'endpoints:',
      '  - endpoint: GET /inventory/{productId}',
      '    capability: inventory',
      '    key: path.product',
      '  - endpoint: POST /orders',
      '    capability: orders',
      '    writes: [{ capability: inventry, keys: "request.items[].productId" }]',
      '  - endpoint: GET /inventory/{sku}',
      '    writes: [{ capability: inventory, keys: path.sku }]',
    ].join('\n');
    expect(problems(text)).toEqual([
      'line 7: endpoints[0].key: names {product}, which the path doesn\'t have; did you mean "productId"?',
      'line 10: endpoints[1].writes[0]: needs a capability that stands under capabilities; did you mean "inventory"?',
      'line 12: endpoints[2].writes: is for writes: this endpoint is a read',
      'line 11: endpoints[2]: matches the same requests as endpoints[0]',
    ]);
  });

  it('refuses two endpoints that it could not tell apart, as it is told to read paths', () => {
    const text = [
      'monolith: http://127.0.0.1:4100',
      'capabilities: { one: {}, other: {} }',
      'endpoints:',
      '  - { endpoint: GET /x, capability: one }',
      '  - { endpoint: GET /X, capability: other }',
      '  - { endpoint: "GET /x/{id}/Lines", capability: one }',
      '  - { endpoint: "GET /X/{Id}/lines", capability: other }',
      '  - { endpoint: POST /X, capability: other, key: new }',
    ].join('\n');
    expect(problems(text)).toEqual([
      'line 5: endpoints[1]: matches the same requests as endpoints[0]',
      'line 7: endpoints[3]: matches the same requests as endpoints[2]',
    ]);
    expect(problems(`${text}\nmatching: { caseSensitive: true }`)).toEqual([]);
  });

  it('wants to know whose key a write changes, where either side may own it', () => {
    const text = [
      'monolith: http://127.0.0.1:4100',
      'nats: nats://127.0.0.1',
      'capabilities:',
      '  inventory: { service: { discover: inventory } }',
      '  shared: { service: { discover: shared }, consistency: none }',
      'endpoints:',
      '  - { endpoint: PUT /inventory, capability: inventory }',
      '  - { endpoint: POST /inventory, capability: inventory, key: new }',
      '  - { endpoint: GET /inventory, capability: inventory, key: new }',
      '  - { endpoint: POST /other, key: new }',
      '  - { endpoint: POST /shared, capability: shared }',
      '  - { endpoint: POST /orders, capability: orders, key: new }',
    ].join('\n');
    expect(problems(text)).toEqual([
      'line 7: endpoints[0].key: is needed: PUT /inventory writes inventory, of which either side may own a part, and must go to the owner. Say path.<name>, request.<field>, or new',
      'line 9: endpoints[2].key: must be path.<name>: this endpoint is a read',
      'line 10: endpoints[3].key: needs a capability: ids of different ones are kept apart',
    ]);
    expect(problems(`${text}\nsigningKey: too-short`).at(-1)).toBe(
      'line 13: signingKey: must have at least 32 characters: it is a secret',
    );
  });

  it('refuses settings that need each other', () => {
    const text = [
      'monolith: http://127.0.0.1:8080',
      'flags: { unleash: http://127.0.0.1:4242 }',
      'capabilities:',
      '  inventory:',
      '    service: http://127.0.0.1:4101',
    ].join('\n');
    expect(problems(text)).toEqual([
      "line 1: monolith: is the gateway's own address 127.0.0.1:8080: it would call itself for ever",
      "line 5: capabilities.inventory: has a service but nats isn't set, so nobody could tell how fresh its data is: set nats, or consistency: none where both sides share one database",
      'line 2: flags: needs token: a client token of Unleash for the environment',
    ]);
    expect(
      problems(`${text.replace('8080', '4100').replace('4242', '4242, token: t')}\n    consistency: none`),
    ).toEqual([]);
  });

  it('lets endpoints, and what none matches, have time-outs of their own', () => {
    const text = [
      'monolith: http://127.0.0.1:4100',
      'unmapped: { timeouts: { answer: 10m } }',
      'endpoints:',
      '  - { endpoint: GET /events, timeouts: { idle: 1h } }',
      '  - { endpoint: GET /other }',
    ];
    const { unmapped, endpoints } = parseConfig(text.join('\n'), 'gateway.yaml', {});
    expect(unmapped).toEqual({ timeouts: { answer: 600_000 } });
    expect(endpoints.map(({ timeouts }) => timeouts)).toEqual([{ idle: 3_600_000 }, {}]);
    const none = [...text.slice(0, 4), '    timeouts: { answer: 0s, total: 5s }'];
    none[3] = '  - endpoint: GET /events';
    expect(problems(none.join('\n'))).toEqual([
      'line 5: endpoints[0].timeouts.answer: must be longer than 0: leave it out for the limit of the side that is asked',
      'line 5: endpoints[0].timeouts: doesn\'t know "total"; allowed are answer, idle, request',
    ]);
  });

  it('points at what is not YAML, and at a file that is not there', () => {
    expect(problems('monolith: [')).toEqual([expect.stringMatching(/^line 1: /)]);
    expect(problems('')).toEqual(['line 1: monolith: must be a section with urls, discover, hosts']);
    expect(() => readConfigFile('/nowhere/gateway.yaml', {})).toThrow('name an existing file with --config');
  });
});
