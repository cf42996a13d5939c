import type { Answer } from './command.js';
import { excludedHeaders, excludedOrders, excludedValues } from './exclusions.js';

/** A field in which two answers differ; `undefined` where one of them doesn't have it. */
export interface Difference {
  field: string;
  expected: unknown;
  actual: unknown;
}

/** Names the ids of one shop by the order in which they were first seen. */
export type NameId = (id: string) => string;

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/**
 * Ids that nobody can know beforehand are told apart by when they appear: what is `id 3` in one shop has to be `id 3` in the
 * other, wherever it is named. Ids that follow from an Idempotency-Key are compared as they are.
 * @param known the latter
 */
export function nameIds(known: ReadonlySet<string>): NameId {
  const names = new Map<string, string>();
  return (id) => {
    if (known.has(id)) return id;
    const name = names.get(id) ?? `id ${names.size + 1}`;
    names.set(id, name);
    return name;
  };
}

/**
 * An answer without what may differ between two shops that do the same.
 * @param requestId the one that the client sent, where it did: then it is compared
 */
export function comparable(answer: Answer, nameId: NameId, requestId?: string): Answer {
  const excluded = new Set(excludedHeaders.map(({ header }) => header));
  const headers = Object.entries(answer.headers)
    .filter(([name]) => !excluded.has(name))
    .map(([name, value]): [string, string] =>
      name === 'x-request-id' && requestId === undefined
        ? [name, value === '' ? '' : 'one of its own']
        : [name, value.replaceAll(uuid, nameId)],
    );
  return {
    status: answer.status,
    headers: Object.fromEntries(headers),
    body: withoutExcluded(answer.body, '', nameId),
  };
}

function withoutExcluded(value: unknown, field: string, nameId: NameId): unknown {
  if (Array.isArray(value))
    return grouped(
      value.map((item) => withoutExcluded(item, field, nameId)),
      field,
    );
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, withoutExcluded(inner, name, nameId)]),
    );
  }
  if (typeof value !== 'string') return value;
  const excluded = excludedValues.find(({ fits }) => fits(field, value));
  return excluded ? excluded.shownAs : value.replaceAll(uuid, nameId);
}

/** Sorted by group where that is what of a list's order is not compared. */
function grouped(items: unknown[], list: string): unknown[] {
  const excluded = excludedOrders.find((one) => one.list === list);
  if (!excluded) return items;
  const { groupOf } = excluded;
  return items.toSorted((one, other) => groupOf(one).localeCompare(groupOf(other)));
}

/** Every field in which two comparable answers differ; the order of a body's fields counts as one. */
export function differences(expected: Answer, actual: Answer): Difference[] {
  const all = [
    ...differing('status', expected.status, actual.status),
    ...differing('headers', expected.headers, actual.headers),
    ...differing('body', expected.body, actual.body),
  ];
  const [one, other] = [expected.body, actual.body].map((body) => JSON.stringify(body));
  if (all.length > 0 || one === other) return all;
  return [{ field: 'order of the fields in the body', expected: one, actual: other }];
}

function differing(field: string, expected: unknown, actual: unknown): Difference[] {
  if (Object.is(expected, actual)) return [];
  if (!isTree(expected) || !isTree(actual) || Array.isArray(expected) !== Array.isArray(actual))
    return [{ field, expected, actual }];
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) => differing(`${field}.${name}`, expected[name], actual[name]));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
