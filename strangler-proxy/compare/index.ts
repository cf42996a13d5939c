/** The comparison of answers: what several programs read of it. It reads and writes nothing by itself. */
export { Analysis } from './analysis.js';
export { parseRules, type RulesFile } from './rules/rules-file.js';
export type { Answer } from './read/comparison.js';
export { readInto } from './read-into.js';
export { htmlReport, ruleText } from './report/html-report.js';
export { plainText } from './report/plain-text.js';
export { percent } from './verdict/sentences.js';
export type { EndpointReport, FieldReport, Report } from './verdict/report.js';
