import type request from 'supertest';

/** All that a client may look at: everything but what differs between any two answers. */
export function comparable(answer: request.Response | undefined) {
  const { date: _date, 'x-request-id': _requestId, ...headers } = answer?.headers ?? {};
  return { status: answer?.status, headers, body: answer?.text };
}
