import type { RuleBook } from '../rules/rule-book.js';
import { Field, type FieldSource, pathOf } from './field.js';

/** How many fields all endpoints of an analysis may still get, and how many of these may still differ. */
export interface FieldBudget {
  fields: number;
  watches: number;
}

/** Most fields of one endpoint. */
const maxFields = 4_000;

/** The fields of one endpoint. Beyond a limit, further ones count as one. */
export class FieldTree implements FieldSource {
  readonly fields: Field[] = [];
  readonly root: Field;
  readonly overflow: Field;

  private readonly endpoint: string;
  private readonly rules: RuleBook;
  private readonly budget: FieldBudget;

  constructor(endpoint: string, rules: RuleBook, budget: FieldBudget) {
    this.endpoint = endpoint;
    this.rules = rules;
    this.budget = budget;
    this.overflow = new Field(0, '', '(further fields)', undefined, this);
    this.root = new Field(1, '', '', undefined, this);
    this.fields.push(this.overflow, this.root);
  }

  make(name: string, parent: Field): Field | undefined {
    if (this.fields.length >= maxFields || this.budget.fields <= 0 || parent === this.overflow)
      return undefined;
    this.budget.fields -= 1;
    const path = pathOf(parent.path, name);
    const field = new Field(this.fields.length, name, path, parent, this);
    field.rules = this.rules.rulesFor(this.endpoint, path, parent.rules);
    this.fields.push(field);
    return field;
  }
}
