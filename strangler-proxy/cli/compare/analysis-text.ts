import {
  type EndpointReport,
  type FieldReport,
  percent,
  plainText,
  type Report,
  ruleText,
} from '../../compare/index.js';
import { durationText } from '../data/duration-text.js';
import type { Terminal } from '../output/terminal.js';
import { type Cell, plainRow, rightCell, textTable } from '../output/text-table.js';

type Colours = Terminal['colours'];

/** Fields of one endpoint that are shown. */
const maxFields = 20;
const maxNoise = 6;

/** A report as a person reads it. @param all also every noisy field */
export function analysisText(
  report: Report,
  { source, seconds, all }: { source: string; seconds: number; all: boolean },
  colours: Colours,
): string {
  const { comparisons, controlAgain, endpoints } = report;
  const perSecond = Math.round(comparisons / Math.max(seconds, 0.001));
  return [
    `${source}: ${comparisons} comparisons, ${controlAgain} A/A samples, ${endpoints.length} endpoints; ${durationText(seconds)}, ${perSecond} a second`,
    '',
    overview(endpoints, colours),
    ...endpoints
      .filter(({ fields }) => fields.length > 0)
      .map((one) => `\n${endpointText(one, all, colours)}`),
    ...remarks(report, colours),
  ].join('\n');
}

function overview(endpoints: readonly EndpointReport[], colours: Colours): string {
  const heading = ['VERDICT', 'ENDPOINT', 'COMPARED', 'A/A', 'AGREEMENT'].map((text, at): Cell => ({
    text,
    paint: colours.dim,
    align: at < 2 ? 'left' : 'right',
  }));
  const rows = endpoints.map(({ endpoint, verdict, comparisons, controlAgain, agreement }): Cell[] => [
    { text: verdict, paint: painter(verdict, colours) },
    ...plainRow(plainText(endpoint)),
    rightCell(comparisons),
    rightCell(controlAgain),
    rightCell(`>= ${percent(agreement.lower, 'down')}`),
  ]);
  return textTable([heading, ...rows]);
}

function painter(verdict: string, { red, yellow, green, dim }: Colours): (text: string) => string {
  return { differs: red, undecided: yellow, alike: green }[verdict] ?? dim;
}

function endpointText(endpoint: EndpointReport, all: boolean, colours: Colours): string {
  const open = endpoint.fields.filter(({ verdict }) => verdict !== 'noise');
  const noise = endpoint.fields.filter(({ verdict }) => verdict === 'noise');
  const shown = all ? open : open.slice(0, maxFields);
  return [
    colours.bold(plainText(endpoint.endpoint)),
    `  ${endpoint.sentence}`,
    ...shown.map((field) => fieldText(field, colours)),
    ...(open.length > shown.length
      ? [`  and ${open.length - shown.length} more fields: --all shows them`]
      : []),
    ...(noise.length > 0 ? [noiseText(noise, all, colours)] : []),
  ].join('\n');
}

function fieldText(field: FieldReport, colours: Colours): string {
  const { path, verdict, sentence, examples, advice } = field;
  const lines = examples.map(({ line, control, candidate }) =>
    colours.dim(`      line ${line}: ${shown(control)} at control, ${shown(candidate)} at the candidate`),
  );
  return [
    `  ${painter(verdict, colours)(verdict)} ${plainText(path)}`,
    `      ${plainText(sentence)}`,
    ...lines,
    `      to do: ${advice}`,
  ].join('\n');
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : plainText(value);
}

function noiseText(noise: readonly FieldReport[], all: boolean, colours: Colours): string {
  if (all)
    return noise
      .map(({ path, sentence }) => colours.dim(`  ${plainText(path)}: ${plainText(sentence)}`))
      .join('\n');
  const names = noise.slice(0, maxNoise).map(({ path }) => plainText(path));
  const more = noise.length > names.length ? ` and ${noise.length - names.length} more` : '';
  return colours.dim(`  noise: ${names.join(', ')}${more}`);
}

function remarks({ problems, rules }: Report, colours: Colours): string[] {
  const lines = [
    ...problems.map(
      ({ problem, lines: count, first }) =>
        `${count} ${count === 1 ? 'line was' : 'lines were'} not compared: ${problem}; the first: ${first.join(', ')}`,
    ),
    ...rules.expired.map((rule) => `expired, and ignores nothing: ${ruleText(rule)}`),
    ...rules.unused.map((rule) => `no difference needs this rule: ${ruleText(rule)}`),
  ];
  return lines.length === 0 ? [] : ['', ...lines.map((line) => colours.yellow(`! ${plainText(line)}`))];
}
