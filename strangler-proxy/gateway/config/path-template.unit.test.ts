import { describe, expect, it } from '@jest/globals';
import { parseConfig } from './read-config-file.js';
import { templateProblem } from './path-template.js';

describe('a path template', () => {
  it.each(['/', '/a', '/a/{b}', '/@{scope}/{pkg}', '/{a}-{b}.json', '/files/*', '/*', '/a.b/{c}/*'])(
    'may be %s',
    (path) => expect(templateProblem(path)).toBeUndefined(),
  );

  it.each([
    ['/{a}{b}', 'something must stand between them'],
    ['/*/a', 'a * in its middle'],
    ['/a*', 'a * in its middle'],
    ['/**', 'a * in its middle'],
    ['/{path*}', 'not {name}'],
    ['/{a', 'not {name}'],
    ['/{a-b}', 'not {name}'],
    ['/a//b', 'an empty segment'],
    ['/a/', 'an empty segment'],
    ['/a?b', 'a ? or #'],
    ['/{a}/{a}', 'names {a} twice'],
    ['a', 'needs a path'],
  ])('may not be %s: %s', (path, why) => expect(templateProblem(path)).toContain(why));

  it('is refused in the configuration with its line, and so are two that match the same requests', () => {
    const read = (...endpoints: string[]) =>
      parseConfig(
        [
          'monolith: http://127.0.0.1:1',
          'endpoints:',
          ...endpoints.map((one) => `  - { endpoint: '${one}' }`),
        ].join('\n'),
        'gateway.yaml',
        {},
      );
    expect(() => read('GET /a', 'GET /{a}{b}')).toThrow('line 4: endpoints[1].endpoint: has two parameters');
    expect(() => read('GET /{a}-{b}/*', 'GET /{c}-{d}/*')).toThrow(
      'matches the same requests as endpoints[0]',
    );
    expect(() => read('GET /{a}-{b}', 'GET /{a}.{b}', 'GET /@{a}', 'GET /*')).not.toThrow();
  });
});
