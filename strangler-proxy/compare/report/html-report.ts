import { createHash } from 'node:crypto';
import { describeKind, percent } from '../verdict/sentences.js';
import type { EndpointReport, FieldReport, Report, RuleReport } from '../verdict/report.js';
import { disagreementChart, ratesChart } from './charts.js';
import { escapeHtml as text } from './escape-html.js';
import { style } from './style.js';

/** Fields of one endpoint that are shown one by one. */
const maxFields = 300;

/**
 * A report as one page that needs nothing else: no script, no address, and a policy that would let none in. It can be
 * mailed, and opened anywhere.
 * @param source what was analysed, for the heading @param madeAt when
 */
export function htmlReport(report: Report, { source, madeAt }: { source: string; madeAt: Date }): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comparison of ${text(source)}</title>
<style>${style}</style>
</head>
<body>
<h1>Comparison of ${text(source)}</h1>
<p>${badge(report.verdict)} ${report.comparisons} comparisons of ${report.endpoints.length} endpoints, ${report.controlAgain} A/A samples, ${madeAt.toISOString()}</p>
${overview(report.endpoints)}
${report.endpoints.map(endpointSection).join('\n')}
${remarks(report)}
</body>
</html>
`;
}

function badge(verdict: string): string {
  return `<strong class="badge ${verdict}">${verdict}</strong>`;
}

function overview(endpoints: readonly EndpointReport[]): string {
  const rows = endpoints.map(
    (endpoint, index) =>
      `<tr><td>${badge(endpoint.verdict)}</td><td><a href="#endpoint-${index}">${text(endpoint.endpoint)}</a></td>` +
      `<td class="number">${endpoint.comparisons}</td><td class="number">${endpoint.controlAgain}</td>` +
      `<td class="number">${percent(endpoint.agreement.lower, 'down')}</td><td>${disagreementChart(endpoint)}</td></tr>`,
  );
  return `<table><thead><tr><th>Verdict</th><th>Endpoint</th><th>Compared</th><th>A/A</th><th>Agreement at least, 95 %</th><th>Disagree: seen, and at most</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

function endpointSection(endpoint: EndpointReport, index: number): string {
  const open = endpoint.fields.filter(({ verdict }) => verdict !== 'noise').slice(0, maxFields);
  const noise = endpoint.fields.filter(({ verdict }) => verdict === 'noise');
  const left = endpoint.fields.length - noise.length - open.length;
  return `<section id="endpoint-${index}"><h2>${text(endpoint.endpoint)}</h2>
<p>${text(endpoint.sentence)}</p>
${open.map(fieldSection).join('\n')}
${left > 0 ? `<p>and ${left} more fields</p>` : ''}${noiseSection(noise)}</section>`;
}

function fieldSection(field: FieldReport): string {
  const kinds = field.kinds
    .slice(0, 12)
    .map(
      ({ kind, candidate, again, isFinding }) =>
        `<tr${isFinding ? ' class="finding"' : ''}><td>${text(describeKind(kind))}</td><td class="number">${candidate}</td><td class="number">${again}</td></tr>`,
    );
  const examples = field.examples.map(
    ({ line, control, candidate }) =>
      `<tr><td class="number">${line}</td><td><code>${value(control)}</code></td><td><code>${value(candidate)}</code></td></tr>`,
  );
  return `<article><h3>${badge(field.verdict)} <code>${text(field.path)}</code></h3>
<p>${text(field.sentence)}</p>
${ratesChart(field)}
<p class="advice">${text(field.advice)}</p>
<table><thead><tr><th>Line</th><th>Control</th><th>Candidate</th></tr></thead><tbody>${examples.join('')}</tbody></table>
<details><summary>In which ways, and how often</summary><table><thead><tr><th>Kind</th><th>Candidate</th><th>A/A</th></tr></thead><tbody>${kinds.join('')}</tbody></table></details></article>`;
}

function value(shown: string | undefined): string {
  return shown === undefined ? '<em>nothing</em>' : text(shown);
}

function noiseSection(noise: readonly FieldReport[]): string {
  if (noise.length === 0) return '';
  const items = noise
    .slice(0, maxFields)
    .map(({ path, sentence }) => `<li><code>${text(path)}</code> ${text(sentence)}</li>`);
  return `<details><summary>${noise.length} noisy fields</summary><ul>${items.join('')}</ul></details>`;
}

function remarks({ problems, rules, ignoredHeaders }: Report): string {
  const parts = [
    list(
      'Lines that could not be compared',
      problems.map(
        ({ problem, lines, first }) => `${problem}: ${lines}, the first in line ${first.join(', ')}`,
      ),
    ),
    list('Rules that have expired, and ignore nothing', rules.expired.map(ruleText)),
    list(
      'Rules that were used',
      rules.applied.map((rule) => `${ruleText(rule)}, ${rule.used} times`),
    ),
    list('Rules that nothing needed', rules.unused.map(ruleText)),
    `<p>Headers of transport, not compared: ${text(ignoredHeaders.join(', '))}</p>`,
  ];
  return `<section><h2>How it was compared</h2>${parts.join('\n')}</section>`;
}

function list(heading: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<h3>${heading}</h3><ul>${items.map((item) => `<li>${text(item)}</li>`).join('')}</ul>`;
}

/** A rule in words: what it says, and who answers for it until when. */
export function ruleText({ rule, owner, reason, until }: RuleReport): string {
  return owner === undefined ? rule : `${rule} (${owner}, until ${until}: ${reason})`;
}
