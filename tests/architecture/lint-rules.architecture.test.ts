import { ESLint } from 'eslint';
import { describe, expect, it } from '@jest/globals';
import { root } from './support/repository.js';

/** A file that is there already: what is planted is judged in its place. */
const place = 'platform/resilience/breaker.ts';

const listeners = `
import { EventEmitter } from 'node:events';
import { guarded } from '#platform/telemetry/guarded.js';
const emitter = new EventEmitter();
declare const socket: { destroy(): void };
declare function work(...given: unknown[]): void;
`;

const planted: [rule: string, source: string][] = [
  ['An exception here', 'setTimeout(() => work(), 1);'],
  ['An exception here', 'setInterval(work, 1);'],
  ['An exception here', 'process.nextTick(() => work());'],
  ['An exception in a listener', "emitter.on('x', (one: unknown) => work(one));"],
  ['An exception in a listener', "emitter.once('x', () => { work(); socket.destroy(); });"],
  ['An exception in a listener', "emitter.addListener('x', function () { work(); });"],
  ['The message of an error', 'try { work(); } catch (error) { work((error as Error).message); }'],
  ['The message of an error', 'try { work(); } catch (error) { work(String(error)); }'],
];

const allowed = [
  "setTimeout(guarded('planted', () => work()), 1);",
  "emitter.on('x', guarded('planted', () => work()));",
  "emitter.on('error', () => undefined);",
  "emitter.once('close', () => void socket.destroy());",
];

/** What the rules on syntax say of a source that stands in production code. */
async function said(eslint: ESLint, source: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${listeners}${source}\n`, { filePath: `${root}${place}` });
  return (result?.messages ?? []).map(({ message }) => message);
}

describe('the rules of the linter', () => {
  // These rules need no types, which take seconds to be worked out.
  const eslint = new ESLint({
    cwd: root,
    ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-syntax',
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  });

  it.each(planted)('find what they are for: %s, in %s', async (rule, source) => {
    const found = await said(eslint, source);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(rule);
  });

  it.each(allowed)('leave alone what is guarded, or harmless: %s', async (source) => {
    expect(await said(eslint, source)).toEqual([]);
  });
});
