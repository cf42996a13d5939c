import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkComposeFile } from './check-compose-file.js';
import { makeComposeSecrets } from './compose-secrets.js';
import { interpolate } from './interpolate.js';
import { parseCompose } from './read-compose-file.js';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const variables = makeComposeSecrets();
const problemsOf = (changed: string) => checkComposeFile(parseCompose(changed, variables), root);

describe('docker-compose.yml', () => {
  it('is what the Compose Specification allows, with the generated passwords in it', () => {
    expect(problemsOf(text)).toEqual([]);
  });

  it.each([
    ['an unknown key', '    restart: ', '    restarts: ', 'must NOT have additional properties'],
    ['a wrong type', 'retries: 4', 'retries: [4]', '/healthcheck/retries must be'],
    ['a wrong duration', 'interval: 15s', 'interval: 15 seconds', 'interval "15 seconds" is no duration'],
    ['a wrong size', 'mem_limit: 1g', 'mem_limit: 1 gigabyte', 'mem_limit "1 gigabyte" is no size'],
    ['an unknown condition', '{ condition: service_healthy }', '{ condition: healthy }', 'allowed values'],
    [
      'a dependency on no service',
      '      mysql: { condition',
      '      mysqld: { condition',
      'databases depends on mysqld, which is no service',
    ],
    [
      'a wait for health without a check',
      '      databases: { condition: service_completed_successfully }',
      '      databases: { condition: service_healthy }',
      'waits until databases is healthy, which has no health check',
    ],
    [
      'a circle',
      '  unleash-db:\n',
      '  unleash-db:\n    depends_on: { flags: { condition: service_started } }\n',
      'unleash-db depends on itself',
    ],
    ['an undefined volume', 'gateway:/state', 'gatewy:/state', 'the volume gatewy, which is not defined'],
    ['a volume that nobody mounts', '\nvolumes:\n', '\nvolumes:\n  spare:\n', 'no service mounts the volume'],
    ['a file that is missing', 'deploy/compose/nats.conf:', 'deploy/nats.conf:', 'which does not exist'],
    ['a port that is published twice', '127.0.0.1:8081:', '127.0.0.1:8080:', 'both publish 127.0.0.1:8080'],
  ])('is refused with %s', (_what, right, wrong, problem) => {
    expect(text).toContain(right);
    expect(problemsOf(text.replace(right, wrong)).join('\n')).toContain(problem);
  });

  it('is refused without a password', () => {
    const { CONTROL_TOKEN: _missing, ...others } = variables;
    expect(() => parseCompose(text, others)).toThrow('the variable CONTROL_TOKEN is not set');
  });
});

describe('a variable in a compose file', () => {
  it.each([
    ['$A ${A}', '1 1'],
    ['$$A $$', '$A $'],
    ['${A:-x} ${B:-x} ${E:-x} ${E-x}', '1 x x '],
    ['${A:?needed} ${A?needed}', '1 1'],
    ['100 % of it, and 5$', '100 % of it, and 5$'],
  ])('makes %s into %s', (written, read) => expect(interpolate(written, { A: '1', E: '' })).toBe(read));

  it.each(['$B', '${B}', '${B:?needed}', '${E:?needed}'])('is missed in %s', (written) =>
    expect(() => interpolate(written, { A: '1', E: '' })).toThrow('is not set'),
  );
});
