import type { EndpointReport, FieldReport, Rate } from '../verdict/report.js';
import { escapeHtml } from './escape-html.js';

/** Shares from 1 in 100,000 up to all, each power of ten as wide as the next; less than the least stands at its left end. */
const least = 1e-5;
const [left, width] = [8, 284];

function place(share: number): number {
  const shown = Math.min(1, Math.max(least, share));
  return left + width * (1 - Math.log10(shown) / Math.log10(least));
}

const ticks = [
  [0.0001, '0.01 %'],
  [0.01, '1 %'],
  [1, '100 %'],
] as const;

/** How many of an endpoint's comparisons disagree: what was seen, and the most it can be with 95 % confidence. */
export function disagreementChart({ endpoint, agreement, verdict }: EndpointReport): string {
  const seen = 1 - agreement.share;
  const [from, to] = [place(seen), place(1 - agreement.lower)];
  const label = `${endpoint}: ${percentOf(seen)} disagree, at most ${percentOf(1 - agreement.lower)}`;
  return svg(
    label,
    30,
    `<rect class="${verdict}" x="${fixed(from)}" y="5" width="${fixed(Math.max(1, to - from))}" height="6" rx="3"/>` +
      `<circle class="${verdict}" cx="${fixed(from)}" cy="8" r="4"/>${axis(14)}`,
  );
}

/** How often the candidate differs in a field, above how often control differs from itself: apart, it is no noise. */
export function ratesChart({ path, candidate, noise, verdict }: FieldReport): string {
  const label = `${path}: the candidate differs in ${percentOf(candidate.share)}, control from itself in ${percentOf(noise.share)}`;
  return svg(label, 42, interval(candidate, 8, verdict) + interval(noise, 20, 'noise') + axis(26));
}

function interval({ lower, upper, share, of }: Rate, y: number, kind: string): string {
  const [from, to] = [place(lower), place(upper)];
  const dot = of === 0 ? '' : `<circle class="${kind}" cx="${fixed(place(share))}" cy="${y}" r="4"/>`;
  return `<rect class="${kind}" x="${fixed(from)}" y="${y - 2}" width="${fixed(Math.max(1, to - from))}" height="4" rx="2"/>${dot}`;
}

function axis(y: number): string {
  const marks = ticks.map(([share, text]) => {
    const x = fixed(place(share));
    const anchor = share === 1 ? 'end' : 'middle';
    return `<line class="axis" x1="${x}" y1="2" x2="${x}" y2="${y}"/><text x="${x}" y="${y + 11}" text-anchor="${anchor}">${text}</text>`;
  });
  return marks.join('');
}

function svg(label: string, height: number, content: string): string {
  return `<svg role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 300 ${height}" width="300" height="${height}">${content}</svg>`;
}

function percentOf(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
