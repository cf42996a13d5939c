import { describe, expect, it } from '@jest/globals';
import { isPlainJson } from './plain-json.js';

describe('a body that all read alike', () => {
  it.each([
    [[]],
    [['Content-Type', 'application/json']],
    [['content-type', 'application/json; charset=utf-8']],
    [['Content-Type', 'APPLICATION/JSON;CHARSET="UTF-8"']],
    [['Content-Type', 'application/json; charset=utf8; version=1']],
    [['Content-Type', 'application/json', 'Content-Encoding', 'identity']],
  ])('may have %j', (headers) => {
    expect(isPlainJson(headers)).toBe(true);
  });

  it.each([
    [['Content-Type', 'application/json; charset=utf-16']],
    [['Content-Type', 'application/json; charset=utf-7']],
    [['Content-Type', 'application/json; charset="iso-8859-1"']],
    [['Content-Type', 'application/json; charset=utf-8; charset=utf-16']],
    [['Content-Type', 'application/json; charset*=utf-16']],
    [['Content-Type', 'application/json; charset=']],
    [['Content-Type', 'application/json, text/plain; charset=latin1']],
    [['Content-Type', 'application/json', 'content-type', 'application/json']],
    [['Content-Encoding', 'gzip']],
    [['content-encoding', 'br', 'Content-Type', 'application/json']],
    [['Content-Encoding', 'identity, gzip']],
    [['Content-Encoding', 'identity', 'Content-Encoding', 'gzip']],
  ])('can not have %j', (headers) => {
    expect(isPlainJson(headers)).toBe(false);
  });
});
