import type { WantedShare } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { compileFlag, type FlagRule, rollsOut, wantedShare } from '../flags/compile-flag.js';
import type { FlagContext, Flags } from '../flags/watch-flags.js';
import type { Endpoint } from '../routing/endpoint.js';

/** What a flag may go by: the fields of a request's context. */
export interface RequestView {
  endpoint: Endpoint;
  /** The decoded key, where the endpoint has one and it is readable. */
  key: string | undefined;
  header(name: string): string | undefined;
  remoteAddress: string;
}

/** Which side a request should go to by its flag alone; freshness may send a read to the owner all the same. */
export type Decide = (request: RequestView) => Side;

export interface Decisions {
  decide: Decide;
  wanted(endpoint: Endpoint): WantedShare;
}

/**
 * Compiles the flags of all endpoints, afresh at each change, so that a request costs one look-up by number.
 * @param contextFields fields of the flags' context, by where a request carries them
 */
export function compileDecisions(
  endpoints: readonly Endpoint[],
  flags: Flags,
  contextFields: Readonly<Record<string, string>>,
  random: () => number,
): Decisions {
  const sources = Object.entries(contextFields).map(([field, source]) => ({
    field,
    header: source.startsWith('header.') ? source.slice('header.'.length).toLowerCase() : undefined,
  }));
  let rules: FlagRule[] = [];
  const compile = () => {
    rules = endpoints.map(({ flag }) => (flag === null ? compileFlag(undefined) : flags.ruleOf(flag)));
  };
  compile();
  flags.onChange(compile);

  function valueOf(request: RequestView, field: string): string | undefined {
    const source = sources.find((one) => one.field === field);
    if (!source) return field === 'remoteAddress' ? request.remoteAddress : undefined;
    return source.header === undefined ? request.key : request.header(source.header);
  }

  function contextOf(request: RequestView): FlagContext {
    const context: FlagContext = { remoteAddress: request.remoteAddress };
    for (const { field } of sources) {
      const value = valueOf(request, field);
      if (value !== undefined) context[field] = value;
    }
    return context;
  }

  function toService(request: RequestView, rule: FlagRule): boolean {
    if (rule.by === 'off') return false;
    if (rule.by === 'compiled') return rollsOut(rule, (field) => valueOf(request, field), random);
    return flags.evaluate(request.endpoint.flag ?? '', contextOf(request));
  }

  return {
    decide: (request) => {
      const rule = rules[request.endpoint.index];
      return rule && toService(request, rule) ? 'service' : 'monolith';
    },
    wanted: (endpoint) => wantedShare(rules[endpoint.index] ?? compileFlag(undefined)),
  };
}
