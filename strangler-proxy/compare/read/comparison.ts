/** One answer, as a line of a file has it. */
export interface Answer {
  status: number;
  /** Names in any case; several of one name as a list. */
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: string;
}

/** The same request answered by both sides, and by control a second time where it was asked twice. */
export interface Comparison {
  endpoint: string;
  control: Answer;
  candidate: Answer;
  controlAgain?: Answer;
}

/** Why a line could not be compared. */
export type LineProblem = { problem: string };

/** Reads one line. What else it holds is left alone. @param text without its line break */
export function readComparison(text: string): Comparison | LineProblem {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { problem: 'no JSON' };
  }
  if (!isRecord(line)) return { problem: 'no object' };
  const { endpoint, control, candidate, controlAgain } = line as Partial<Comparison>;
  if (typeof endpoint !== 'string' || endpoint === '') return { problem: 'endpoint: no text' };
  const problem =
    problemOf('control', control) ??
    problemOf('candidate', candidate) ??
    (controlAgain === undefined ? undefined : problemOf('controlAgain', controlAgain));
  return problem === undefined ? (line as unknown as Comparison) : { problem };
}

function problemOf(name: string, answer: unknown): string | undefined {
  if (!isRecord(answer)) return `${name}: no object`;
  const { status, headers, body } = answer as Partial<Answer>;
  if (!Number.isInteger(status)) return `${name}.status: no whole number`;
  if (typeof body !== 'string') return `${name}.body: no text`;
  if (!isRecord(headers)) return `${name}.headers: no object`;
  for (const value of Object.values(headers))
    if (typeof value !== 'string' && !isTexts(value)) return `${name}.headers: a value that is no text`;
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
