import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { shopEndpoints } from '#contracts/shop/endpoints.js';
import { shopOpenapi } from '#contracts/shop/openapi.js';

const document = shopOpenapi();

describe('the published document of the shop', () => {
  it('is up to date: otherwise run "npm run generate"', () => {
    const published = readFileSync(new URL('openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(published)).toEqual(document);
  });

  it('describes every endpoint once, named as its flag is', () => {
    const described = operations().map(({ method, path, operationId }) => `${method} ${path} ${operationId}`);
    const defined = shopEndpoints.map(
      ({ method, path, capability, verb }) => `${method} ${path} ${capability}.${verb}`,
    );
    expect(described.sort()).toEqual(defined.sort());
    expect(new Set(operations().map(({ operationId }) => operationId)).size).toBe(defined.length);
  });

  it('refers to nothing that is not in it', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(refs.length).toBeGreaterThan(50);
    expect(refs.filter((ref) => at(ref) === undefined)).toEqual([]);
  });

  it('defines every parameter of every path', () => {
    for (const { path, parameters } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const defined = parameters.filter((one) => one['in'] === 'path').map((one) => one['name']);
      expect(defined).toEqual(named);
    }
  });
});

describe('the document of a write', () => {
  const { parameters, responses } =
    operations().find((one) => one.operationId === 'inventory.decrease') ?? never();

  it('takes an idempotency key, a version to match and a request id', () => {
    expect(parameters.map((one) => one['$ref']).filter(Boolean)).toEqual([
      '#/components/parameters/RequestId',
      '#/components/parameters/IdempotencyKey',
      '#/components/parameters/IfMatch',
    ]);
  });

  it('answers with the version of the resource, and tells when it repeats an answer', () => {
    expect(Object.keys(responses['200']?.headers ?? {})).toEqual([
      'X-Request-Id',
      'ETag',
      'Idempotency-Replayed',
    ]);
  });

  it('answers what can go wrong as problem details with the codes of that status', () => {
    const refused = responses['409']?.content['application/problem+json'];
    expect(refused?.schema).toEqual({
      $ref: '#/components/schemas/Problem',
      properties: { code: { enum: ['insufficient_stock', 'request_in_progress'] } },
    });
    expect(Object.keys(responses['503']?.headers ?? {})).toContain('Retry-After');
  });
});

interface Described {
  path: string;
  method: string;
  operationId: string;
  parameters: Record<string, unknown>[];
  responses: Record<string, { headers?: object; content: Record<string, { schema: unknown }> }>;
}

function operations(): Described[] {
  return Object.entries(document.paths).flatMap(([path, atPath]) =>
    Object.entries(atPath).map(([method, operation]) => ({
      ...(operation as unknown as Described),
      path,
      method: method.toUpperCase(),
    })),
  );
}

function at(ref: string): unknown {
  return ref
    .split('/')
    .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], document);
}

function never(): never {
  throw new Error('the document has no such endpoint');
}
