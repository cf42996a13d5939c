import { type AnswerFields, answerFields, compareAnswers } from '../differ/compare-answers.js';
import { Recorder } from '../differ/recorder.js';
import { type FieldBudget, FieldTree } from '../fields/field-tree.js';
import type { Comparison } from '../read/comparison.js';
import type { RuleBook } from '../rules/rule-book.js';

/** Differing comparisons of which is kept in which aspects they differ. */
const maxSignatures = 1_024;

/** All that is taken down of one endpoint: bounded, however many comparisons there are. */
export class EndpointRecord {
  comparisons = 0;
  /** A/A samples: how often control was asked twice. */
  again = 0;
  /** Comparisons with a difference that no rule takes away, and A/A samples with one. */
  differing = 0;
  againDiffering = 0;
  readonly tree: FieldTree;
  /** Of the differing ones, or a fair sample of them: the ids of their aspects. */
  readonly signatures: (readonly number[])[] = [];
  private readonly recorder: Recorder;
  private readonly fields: AnswerFields;
  private readonly ignoredHeaders: ReadonlySet<string>;

  readonly endpoint: string;
  private readonly random: () => number;

  constructor(endpoint: string, rules: RuleBook, budget: FieldBudget, random: () => number) {
    this.endpoint = endpoint;
    this.random = random;
    this.tree = new FieldTree(endpoint, rules, budget);
    this.fields = answerFields(this.tree.root);
    this.ignoredHeaders = endpoint.startsWith('HEAD ')
      ? withoutLength(rules.ignoredHeaders)
      : rules.ignoredHeaders;
    this.recorder = new Recorder(random, budget);
  }

  /** @param line the line of the file, or the number of the comparison */
  add({ control, candidate, controlAgain }: Comparison, line: number): void {
    const { recorder, fields, ignoredHeaders } = this;
    this.comparisons += 1;
    recorder.begin(line, false);
    compareAnswers(fields, control, candidate, ignoredHeaders, recorder);
    if (recorder.differed) this.keepSignature(recorder.touched.map(({ id }) => id));
    if (!controlAgain) return;
    this.again += 1;
    recorder.begin(line, true);
    compareAnswers(fields, control, controlAgain, ignoredHeaders, recorder);
    if (recorder.differed) this.againDiffering += 1;
  }

  private keepSignature(ids: readonly number[]): void {
    this.differing += 1;
    const at =
      this.signatures.length < maxSignatures
        ? this.signatures.length
        : Math.floor(this.random() * this.differing);
    if (at < maxSignatures) this.signatures[at] = ids;
  }
}

/** An answer without a body has nothing else that tells the length of what there would be. */
function withoutLength(names: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].filter((name) => name !== 'content-length'));
}
