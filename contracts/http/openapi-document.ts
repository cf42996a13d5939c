import type { Endpoint } from './endpoint.js';
import {
  conventionalParameters,
  isWrite,
  problemsByStatus,
  sharedHeaders,
  sharedParameters,
} from './openapi-conventions.js';
import { collectSchemas, type Schema, type SchemaCollection } from './openapi-schemas.js';
import { problemSchema, type ProblemCode } from './problem.js';

/** An OpenAPI 3.1 document, as far as programs of ours look into it. */
export interface OpenapiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
}

interface Operation {
  /** The endpoint's name in flags, too: `inventory.get`. */
  operationId: string;
  tags: string[];
  summary: string;
  parameters: unknown[];
  requestBody?: unknown;
  responses: Record<string, unknown>;
}

/** Describes endpoints, with the conventions that hold for all of them, as one OpenAPI 3.1 document. */
export function openapiDocument(
  info: OpenapiDocument['info'],
  endpoints: readonly Endpoint[],
): OpenapiDocument {
  const schemas = collectSchemas();
  const problem = schemas.convert(problemSchema);
  const paths: OpenapiDocument['paths'] = {};
  for (const endpoint of endpoints) {
    const atPath = (paths[endpoint.path] ??= {});
    atPath[endpoint.method.toLowerCase()] = operation(endpoint, schemas, problem);
  }
  const components = { schemas: schemas.components(), parameters: sharedParameters, headers: sharedHeaders };
  return { openapi: '3.1.0', info, paths, components };
}

function operation(endpoint: Endpoint, schemas: SchemaCollection, problem: Schema): Operation {
  const body = schemas.convert(endpoint.body);
  return {
    operationId: `${endpoint.capability}.${endpoint.verb}`,
    tags: [endpoint.capability],
    summary: endpoint.summary,
    parameters: [
      ...parameters('path', schemas.convert(endpoint.params)),
      ...parameters('query', schemas.convert(endpoint.query)),
      ...conventionalParameters(endpoint).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(takesBody(body) ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: { ...answers(endpoint, schemas), ...problems(endpoint, problem) },
  };
}

/** An endpoint without a body tolerates an empty object, which is nothing to be documented. */
function takesBody(schema: Schema): boolean {
  return schema['type'] !== 'object' || Object.keys(schema['properties'] ?? {}).length > 0;
}

function parameters(place: 'path' | 'query', schema: Schema): unknown[] {
  const required = (schema['required'] ?? []) as string[];
  return Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).map(([name, value]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: value,
  }));
}

function answers(endpoint: Endpoint, schemas: SchemaCollection): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, { description, schema }]) => {
      const converted = schemas.convert(schema);
      const headers = [
        'X-Request-Id',
        ...(hasVersion(converted, schemas) ? ['ETag'] : []),
        ...(['201', '202'].includes(status) ? ['Location'] : []),
        ...(isWrite(endpoint) ? ['Idempotency-Replayed'] : []),
      ];
      return [status, { description, headers: headerRefs(headers), content: json(converted) }];
    }),
  );
}

function hasVersion({ $ref }: Schema, schemas: SchemaCollection): boolean {
  const component = schemas.components()[String($ref).split('/').at(-1) ?? ''];
  return Object.hasOwn((component?.['properties'] as object | undefined) ?? {}, 'version');
}

function problems(endpoint: Endpoint, problem: Schema): Record<string, unknown> {
  return Object.fromEntries(
    problemsByStatus(endpoint).map(([status, codes]) => [status, problemAnswer(status, codes, problem)]),
  );
}

function problemAnswer(status: string, codes: readonly ProblemCode[], problem: Schema): unknown {
  const headers = ['X-Request-Id', ...(status === '503' ? ['Retry-After'] : [])];
  const schema = { ...problem, properties: { code: { enum: codes } } };
  return {
    description: codes.map((code) => `\`${code}\``).join(' or '),
    headers: headerRefs(headers),
    content: { 'application/problem+json': { schema } },
  };
}

function headerRefs(names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function json(schema: Schema): unknown {
  return { 'application/json': { schema } };
}
