import { describe, expect, it } from '@jest/globals';
import { addForwarded, screenRequest } from './request-headers.js';

function screen(headers: Record<string, string>, trusted = false, version = '1.1') {
  return screenRequest(['Host', 'x', ...Object.entries(headers).flat()], version, trusted);
}

describe('a screened request', () => {
  it('keeps the order, the case and the bytes of what is for the upstream', () => {
    const { headers } = screenRequest(['X-B', '1', 'x-a', '\xa0é ', 'X-B', '2'], '1.1', false);
    expect(headers).toEqual(['X-B', '1', 'x-a', '\xa0é ', 'X-B', '2']);
  });

  it('loses what is between neighbours, and what Connection lists', () => {
    const { headers } = screen({
      Connection: 'Keep-Alive, X-Hop ,\tX-Other',
      'X-Hop': '1',
      'x-other': '2',
      'Keep-Alive': 'timeout=5',
      TE: 'trailers',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAM',
      'Proxy-Authorization': 'Basic x',
      'Proxy-Connection': 'close',
      Expect: '100-continue',
      Accept: '*/*',
    });
    expect(headers).toEqual(['Accept', '*/*']);
  });

  it('does not take a name with a strange blank for the one that Connection lists', () => {
    const { headers } = screen({ Connection: '\xa0authorization', Authorization: 'Bearer x' });
    expect(headers).toEqual(['Authorization', 'Bearer x']);
  });

  it('loses internal headers and all their aliases', () => {
    const { headers } = screen({
      'X-Strangler-Key': '1',
      x_strangler_key: '1',
      'X-Strangler_Key': '1',
      X_FORWARDED_FOR: '6.6.6.6',
      Content_Length: '5',
      'X-Strange': 'stays',
    });
    expect(headers).toEqual(['X-Strange', 'stays']);
  });

  it('believes forwarding headers of trusted peers only', () => {
    const sent = { 'X-Forwarded-For': '9.9.9.9', Forwarded: 'for=9.9.9.9', 'X-Forwarded-Proto': 'https' };
    const stranger = screen(sent).headers;
    addForwarded(stranger, { address: '10.0.0.1', trusted: false }, 'shop.example');
    expect(stranger).toEqual([
      'x-forwarded-for',
      '10.0.0.1',
      'x-forwarded-proto',
      'http',
      'x-forwarded-host',
      'shop.example',
    ]);
    const friend = screen(sent, true).headers;
    addForwarded(friend, { address: '10.0.0.1', trusted: true }, 'shop.example');
    expect(friend).toEqual([
      'X-Forwarded-For',
      '9.9.9.9, 10.0.0.1',
      'Forwarded',
      'for=9.9.9.9',
      'X-Forwarded-Proto',
      'https',
      'x-forwarded-host',
      'shop.example',
    ]);
  });

  it("keeps the client's request id when it is valid", () => {
    expect(screen({ 'X-Request-Id': 'a.B-9_z' }).requestId).toBe('a.B-9_z');
    for (const bad of ['', 'a b', 'ä', 'a/b', 'x'.repeat(129)]) {
      expect(screen({ 'X-Request-Id': bad }).requestId).toBeUndefined();
    }
  });

  it('is refused when it can be read in two ways', () => {
    expect(screenRequest(['Host', 'a', 'Host', 'b'], '1.1', false).refusal).toBe('names two hosts');
    expect(screen({ 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }).refusal).toBe(
      'has both a length and a transfer encoding',
    );
    expect(screenRequest([], '1.1', false).refusal).toBe('names no host');
    expect(
      screenRequest(['Host', 'x', 'Content-Length', '5', 'content-length', '5'], '1.1', false).refusal,
    ).toBe('says its length twice');
    expect(screen({ 'Transfer-Encoding': 'gzip, chunked' }).refusal).toBe(
      'has a transfer encoding other than chunked',
    );
    expect(screen({ 'Transfer-Encoding': 'chunked' }, false, '1.0').refusal).toBe(
      'has a transfer encoding, which HTTP/1.0 does not know',
    );
    expect(screen({ 'Content-Length': '99999999999999999999' }).refusal).toBe(
      'has a length that is no number',
    );
    expect(screen({ 'Transfer-Encoding': 'Chunked' })).toMatchObject({ refusal: undefined, chunked: true });
  });
});
