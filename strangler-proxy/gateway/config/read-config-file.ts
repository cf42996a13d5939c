import { readFileSync } from 'node:fs';
import { type Document, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { AppError } from '#platform/errors/app-error.js';
import { checkReferences } from './check-references.js';
import { type GatewayConfig, gatewayConfigSchema } from './gateway-config.js';
import { substituteEnvironment } from './substitute-environment.js';
import { withPatience } from './with-patience.js';

type Environment = Record<string, string | undefined>;
type Path = readonly PropertyKey[];

interface Problem {
  path: Path;
  message: string;
}

/**
 * Reads, completes and checks a gateway's configuration.
 * @throws AppError `invalid_config` that lists every problem with its line and field, and what is allowed there
 */
export function readConfigFile(file: string, environment: Environment): GatewayConfig {
  return parseConfig(readText(file), file, environment);
}

/** The same for a text that was read already; `file` is only named in messages. */
export function parseConfig(text: string, file: string, environment: Environment): GatewayConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (path: Path) => lineAt(document, lines, path);
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map((error) => `line ${error.linePos?.[0].line ?? '?'}: ${firstLine(error.message)}`),
    );
  }
  const unset = substitute(document, environment, lines);
  if (unset.length > 0) throw invalid(file, unset);
  const result = gatewayConfigSchema.safeParse(document.toJS() ?? {});
  const problems = result.success ? checkReferences(result.data) : problemsOf(result.error);
  if (problems.length > 0)
    throw invalid(
      file,
      problems.map((problem) => describe(problem, lineOf)),
    );
  return withPatience(result.data as GatewayConfig);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AppError(
      'invalid_config',
      `The gateway's configuration ${file} can't be read: name an existing file with --config`,
      { cause },
    );
  }
}

function substitute(document: Document, environment: Environment, lines: LineCounter): string[] {
  const unset: string[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return;
      const { text, missing } = substituteEnvironment(node.value, environment);
      const line = lines.linePos(node.range?.[0] ?? 0).line;
      for (const name of missing)
        unset.push(
          `line ${line}: the environment variable ${name} is not set and has no default; write \${${name}:-default} to give one`,
        );
      node.value = text;
    },
  });
  return unset;
}

function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap(flatten);
}

/** Of a field that may be a word or a section, what is wrong with the section says more. */
function flatten(issue: z.core.$ZodIssue): Problem[] {
  const section = issue.code === 'invalid_union' ? issue.errors.at(-1) : undefined;
  const nested = section?.filter(({ code, path }) => path.length > 0 || code === 'unrecognized_keys') ?? [];
  if (nested.length === 0) return [{ path: issue.path, message: issue.message }];
  return nested.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

function describe({ path, message }: Problem, lineOf: (path: Path) => number): string {
  return `line ${lineOf(path)}: ${fieldName(path)}: ${message}`;
}

function fieldName(path: Path): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return name.replace(/^\./, '') || 'the file';
}

/** Line of a field, or of the nearest section around a field that isn't there. */
function lineAt(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    if (isScalar(node)) return 1;
  }
  return 1;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

function invalid(file: string, problems: readonly string[]): AppError {
  return new AppError(
    'invalid_config',
    `The gateway's configuration ${file} is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
  );
}
