/** A request as a client sends it. `PATH` stands for the path that names its exchange. */
export interface RequestScript {
  name: string;
  text: string;
  /** The client waits for 100 before it sends the rest. */
  asksFirst?: string;
  upgrades?: boolean;
}

/** An answer as an upstream sends it. */
export interface AnswerScript {
  name: string;
  text: string;
  /** It comes before the request has been read. */
  early?: boolean;
  /** The connection ends behind it. */
  closes?: boolean;
  upgrades?: boolean;
}

const host = 'Host: shop\r\nUser-Agent: walk\r\n';
const large = 'x'.repeat(100_000);

export const requests: readonly RequestScript[] = [
  { name: 'GET', text: `GET PATH?a=b HTTP/1.1\r\n${host}Accept: */*\r\n\r\n` },
  { name: 'HEAD', text: `HEAD PATH HTTP/1.1\r\n${host}\r\n` },
  { name: 'GET of HTTP/1.0', text: `GET PATH HTTP/1.0\r\n${host}\r\n` },
  { name: 'GET that closes', text: `GET PATH HTTP/1.1\r\n${host}Connection: close\r\n\r\n` },
  { name: 'POST', text: `POST PATH HTTP/1.1\r\n${host}Content-Length: 11\r\n\r\nhello world` },
  {
    name: 'POST in chunks',
    text: `POST PATH HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n`,
  },
  {
    name: 'POST that streams',
    text: `POST PATH HTTP/1.1\r\n${host}Content-Length: ${large.length}\r\n\r\n${large}`,
  },
  {
    name: 'POST that asks first',
    text: `POST PATH HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: ${large.length}\r\n\r\n`,
    asksFirst: large,
  },
  {
    name: 'two in a row',
    text: `POST PATH HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\nhiGET PATH/second HTTP/1.1\r\n${host}\r\n`,
  },
];

export const handshake: RequestScript = {
  name: 'WebSocket',
  text:
    `GET PATH HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85\x01\x02\x03\x04igohn',
  upgrades: true,
};

export const answers: readonly AnswerScript[] = [
  { name: '200', text: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello' },
  {
    name: '200 in chunks',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n',
  },
  { name: '200 until it closes', text: 'HTTP/1.0 200 OK\r\n\r\nhello world', closes: true },
  {
    name: 'interim ones and 200',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    early: true,
  },
  { name: '304 with a length', text: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "1"\r\n\r\n' },
  { name: '204', text: 'HTTP/1.1 204 No Content\r\n\r\n' },
  {
    name: '401 at once',
    text: 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nConnection: close\r\n\r\nwho?',
    early: true,
  },
  { name: 'a phrase of any bytes', text: 'HTTP/1.1 400 Ung\xfcltig\r\nContent-Length: 2\r\n\r\nno' },
  { name: '200 that is large', text: `HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n${large}` },
];

export const handshakeAnswers: readonly AnswerScript[] = [
  {
    name: '101',
    text:
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05hello',
    upgrades: true,
  },
  { name: '403 to a handshake', text: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno' },
];
