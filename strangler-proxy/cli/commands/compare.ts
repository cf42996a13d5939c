import { type Command, InvalidArgumentError } from 'commander';
import type { AnalyzeOptions } from '../compare/analyze-file.js';
import type { CliContext } from './cli-context.js';

const help = `
Each line is one request: {"endpoint": "GET /orders/{orderId}", "control": {"status": 200, "headers": {}, "body": "..."},
"candidate": {...}}, and in a share of them "controlAgain": {...}, control's answer to the same request once more. These A/A samples
tell what differs by chance: without them, nothing but a field that is missing or of another type can be told from noise.
Exit code 0: done, and agreement is as asked for; 1: an endpoint's agreement may be lower, or nothing could be compared; 2: wrong
usage, a file that can't be read, or rules that are not valid.

Examples:
  $ strangler compare analyze answers.ndjson
  $ strangler compare analyze answers.ndjson.gz --rules rules.yaml --html report.html
  $ strangler compare analyze answers.ndjson --fail-under 99.9
  $ zcat answers.ndjson.gz | strangler compare analyze - --json`;

/** The commands that compare what both sides answer. */
export function addCompare(program: Command, context: CliContext): void {
  program
    .command('compare')
    .description('compare what both sides answer to the same requests')
    .command('analyze')
    .description('tell noise from difference in a file of answers, per endpoint and field')
    .argument('<file>', 'one comparison a line, as JSON, .gz or not; a pipe, or - for standard input')
    .option('--rules <file>', 'what to ignore, tolerate and normalise, as YAML or JSON')
    .option(
      '--fail-under <percent>',
      'fail if the agreement of an endpoint may be lower, as in 99.9',
      percentOption,
    )
    .option('--html <file>', 'also write a report that needs nothing else, to be mailed')
    .option('--all', 'also list every noisy field')
    .option('--seed <number>', 'chooses the examples: the same seed chooses the same', wholeNumber, 1)
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (file: string, options: AnalyzeOptions) => {
      // Loaded only here: each other command would wait for it, too.
      const { analyzeFile } = await import('../compare/analyze-file.js');
      const { terminal } = context;
      await analyzeFile(file, options, { terminal, standardInput: process.stdin, now: new Date() });
    });
}

function percentOption(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 100) return value;
  throw new InvalidArgumentError(
    'It must be a number above 0 and below 100: no number of samples shows 100 %.',
  );
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
