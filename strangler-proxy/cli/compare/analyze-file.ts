import { readFile, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError } from '#platform/errors/app-error.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import {
  Analysis,
  htmlReport,
  parseRules,
  percent,
  readInto,
  type Report,
  type RulesFile,
} from '../../compare/index.js';
import { wrongUsage } from '../output/exit-codes.js';
import { printJson, type Terminal } from '../output/terminal.js';
import { analysisText } from './analysis-text.js';
import { openFile, readUnpacked } from './read-file.js';

export interface AnalyzeOptions {
  rules?: string;
  html?: string;
  json?: boolean;
  all?: boolean;
  /** Per cent. */
  failUnder?: number;
  seed: number;
}

/** Lines between two reports of progress. */
const progressEvery = 20_000;

/**
 * Analyses a file of compared answers, and prints the verdict of each endpoint.
 * @param file a path, or `-` for standard input
 * @param now rules that end before this day have expired
 * @throws AppError `failed` when an endpoint's agreement may be below what is asked for, or nothing could be compared;
 * `wrong_usage` for files that can't be read or written
 */
export async function analyzeFile(
  file: string,
  options: AnalyzeOptions,
  { terminal, standardInput, now }: { terminal: Terminal; standardInput: Readable; now: Date },
): Promise<void> {
  const rules = options.rules === undefined ? undefined : await readRules(options.rules);
  const beganAt = performance.now();
  const report = await analyse(
    file,
    new Analysis({ today: now, seed: options.seed, ...(rules && { rules }) }),
    {
      terminal,
      standardInput,
    },
  );
  const seconds = (performance.now() - beganAt) / 1_000;
  const source = file === '-' ? 'standard input' : file;
  if (options.html !== undefined) await write(options.html, htmlReport(report, { source, madeAt: now }));
  if (options.json) printJson(terminal, { file: source, ...report });
  else terminal.print(analysisText(report, { source, seconds, all: options.all ?? false }, terminal.colours));
  checkOutcome(report, source, options.failUnder);
}

async function analyse(
  file: string,
  analysis: Analysis,
  { terminal, standardInput }: { terminal: Terminal; standardInput: Readable },
): Promise<Report> {
  const reader = readInto(analysis);
  let shown = 0;
  const isWhole = await readUnpacked(file, openFile(file, standardInput), (chunk) => {
    const lines = reader.add(chunk);
    if (lines < shown + progressEvery) return;
    shown = lines;
    terminal.progress(`${lines} lines read`);
  });
  const lines = reader.end();
  terminal.progress('');
  if (!isWhole) analysis.addProblem('the file ends early, or is damaged (gzip)', lines + 1);
  return analysis.report();
}

async function readRules(file: string): Promise<RulesFile> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrongUsage(`The rules in ${file} can't be read: ${messageOf(error)}`);
  });
  return parseRules(text, file);
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw wrongUsage(`The report can't be written to ${file}: ${messageOf(error)}`);
  });
}

/** Nothing to compare is no agreement, whatever was asked for. */
function checkOutcome(report: Report, source: string, failUnder: number | undefined): void {
  if (report.comparisons === 0)
    throw new AppError(
      'failed',
      `Nothing was compared: ${source} has no line with endpoint, control and candidate${report.problems.length > 0 ? ', see above' : ''}.`,
    );
  if (failUnder === undefined) return;
  const under = report.endpoints.filter(({ agreement }) => agreement.lower * 100 < failUnder);
  if (under.length === 0) return;
  const lines = under
    .slice(0, 20)
    .map(
      ({ endpoint, agreement }) =>
        `  ${endpoint}: at least ${percent(agreement.lower, 'down')}${missing(agreement, failUnder)}`,
    );
  const more = under.length > lines.length ? `\n  and ${under.length - lines.length} more` : '';
  throw new AppError(
    'failed',
    `Agreement is not known to be ${failUnder} % (lower bound, 95 % confidence) for:\n${lines.join('\n')}${more}`,
  );
}

/** What more samples would show if all of them agreed. */
function missing({ seen, of }: { seen: number; of: number }, failUnder: number): string {
  if (seen < of) return `, ${of - seen} of ${of} disagree`;
  const needed = Math.ceil(Math.log(0.05) / Math.log(failUnder / 100)) - of;
  return `, none of ${of} disagrees: ${needed} more comparisons without a difference are needed`;
}
