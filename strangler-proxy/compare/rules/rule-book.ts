import type { JsonValue } from '../values/json-value.js';
import { normalisers } from './normalise.js';
import { compileEndpointPattern, compilePattern } from './path-pattern.js';
import type { IgnoreRule, RulesFile, Tolerance } from './rules-file.js';
import { transportHeaders } from './transport-headers.js';

/** A rule, and how many differences it has taken away, those of control with itself included. */
export interface RuleUse {
  rule: string;
  ignore?: IgnoreRule;
  expired: boolean;
  used: number;
}

/** All that the rules say of one field. */
export interface FieldRules {
  ignore?: RuleUse;
  tolerances: readonly { tolerance: Tolerance; use: RuleUse }[];
  normalisers: readonly { normalise: (value: JsonValue) => JsonValue; use: RuleUse }[];
  /** The order of a list does not count. */
  anyOrder?: RuleUse;
  identity?: { names: readonly string[]; use: RuleUse };
}

/** What a field has that no rule names. */
export const noFieldRules: FieldRules = { tolerances: [], normalisers: [] };

interface Compiled<Rule> {
  rule: Rule;
  use: RuleUse;
  covers(endpoint: string, path: string): boolean;
}

/** The rules of one analysis, with how often each was used. */
export class RuleBook {
  readonly uses: RuleUse[] = [];
  readonly ignoredHeaders: ReadonlySet<string>;
  private readonly ignore: Compiled<IgnoreRule>[];
  private readonly lists: Compiled<RulesFile['lists'][number]>[];
  private readonly tolerances: Compiled<Tolerance>[];
  private readonly normalise: Compiled<RulesFile['normalise'][number]>[];

  /** @param today as in 2027-01-31: rules of days before it have expired, and ignore nothing */
  constructor(rules: RulesFile, today: string) {
    const compiled = <Rule extends { endpoint: string; path: string }>(
      kind: string,
      list: readonly Rule[],
    ): Compiled<Rule>[] => list.map((rule) => this.compile(kind, rule, today));
    this.ignore = compiled('ignore', rules.ignore).filter(({ use }) => !use.expired);
    this.lists = compiled('lists', rules.lists);
    this.tolerances = compiled('tolerances', rules.tolerances);
    this.normalise = compiled('normalise', rules.normalise);
    this.ignoredHeaders = new Set(transportHeaders.filter((name) => !rules.headers.compare.includes(name)));
  }

  private compile<Rule extends { endpoint: string; path: string }>(
    kind: string,
    rule: Rule,
    today: string,
  ): Compiled<Rule> {
    const [ofEndpoint, ofPath] = [compileEndpointPattern(rule.endpoint), compilePattern(rule.path)];
    const ignore = kind === 'ignore' ? (rule as unknown as IgnoreRule) : undefined;
    const use: RuleUse = {
      rule: `${kind}: ${rule.path}${rule.endpoint === '*' ? '' : ` of ${rule.endpoint}`}`,
      ...(ignore && { ignore }),
      expired: ignore !== undefined && ignore.until < today,
      used: 0,
    };
    this.uses.push(use);
    return { rule, use, covers: (endpoint, path) => ofEndpoint(endpoint) && ofPath(path) };
  }

  /** @param inherited what the field above it has: who ignores a field ignores all that is in it */
  rulesFor(endpoint: string, path: string, inherited: FieldRules): FieldRules {
    const own = <Rule>(list: readonly Compiled<Rule>[]) => list.filter((one) => one.covers(endpoint, path));
    const ignore = inherited.ignore ?? own(this.ignore)[0]?.use;
    const lists = own(this.lists);
    const anyOrder = lists.find(({ rule }) => rule.order === 'any')?.use;
    const identified = lists.find(({ rule }) => rule.identity);
    const found: FieldRules = {
      tolerances: own(this.tolerances).map(({ rule, use }) => ({ tolerance: rule, use })),
      normalisers: own(this.normalise).flatMap(({ rule, use }) =>
        [rule.as].flat().map((name) => ({ normalise: normalisers[name], use })),
      ),
    };
    if (ignore) found.ignore = ignore;
    if (anyOrder) found.anyOrder = anyOrder;
    if (identified) found.identity = { names: identified.rule.identity!, use: identified.use };
    return found;
  }
}
