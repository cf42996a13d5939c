import type { Field } from '../fields/field.js';
import { typeChange } from '../fields/kinds.js';
import type { Answer } from '../read/comparison.js';
import { contentOf } from '../values/body-content.js';
import { compareHeaders } from './compare-headers.js';
import { compareInStep } from './compare-in-step.js';
import { compareValues } from './compare-values.js';
import type { Recorder } from './recorder.js';

/** What stands for the parts of an answer. */
export interface AnswerFields {
  status: Field;
  headers: Field;
  cookies: Field;
  body: Field;
}

/** The fields of an endpoint's answers, under the root of its tree. */
export function answerFields(root: Field): AnswerFields {
  return {
    status: root.child('status'),
    headers: root.child('headers'),
    cookies: root.child('cookies'),
    body: root.child('body'),
  };
}

/**
 * Compares two answers to the same request. Where one is an error and the other is not, or only one redirects, that is
 * the difference: headers and body of such answers are not held against each other.
 * @param ignored names of headers that are not compared, in lower case
 */
export function compareAnswers(
  fields: AnswerFields,
  control: Answer,
  other: Answer,
  ignored: ReadonlySet<string>,
  recorder: Recorder,
): void {
  if (control.status !== other.status) {
    if (recorder.differs(fields.status, control.status, other.status))
      recorder.word(fields.status, String(other.status), control.status, other.status);
    if (classOf(control.status) !== classOf(other.status)) return;
  }
  compareHeaders(fields, control.headers, other.headers, ignored, recorder);
  if (control.body !== other.body) compareBodies(fields.body, control.body, other.body, recorder);
}

function classOf(status: number): 'done' | 'elsewhere' | 'refused' | 'failed' {
  if (status < 300) return 'done';
  if (status < 400) return 'elsewhere';
  return status < 500 ? 'refused' : 'failed';
}

function compareBodies(body: Field, control: string, other: string, recorder: Recorder): void {
  if (beginsAsJson(control) && beginsAsJson(other) && compareInStep(body, control, other, recorder)) return;
  const [content, otherContent] = [contentOf(control), contentOf(other)];
  if (content.kind === otherContent.kind)
    return compareValues(body, content.value, otherContent.value, recorder);
  if (recorder.differs(body, control, other))
    recorder.kind(body, typeChange(content.kind, otherContent.kind), control, other);
}

function beginsAsJson(body: string): boolean {
  const first = body.charCodeAt(0);
  return first === 123 || first === 91;
}
