/**
 * Headers that belong to a connection, a hop or the program that answers, and say nothing of the answer: not compared
 * unless the rules name them under `headers.compare`. A report names those that differed.
 */
export const transportHeaders: readonly string[] = [
  'age',
  'alt-svc',
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-connection',
  'server',
  'server-timing',
  'te',
  'trailer',
  'transfer-encoding',
  'traceparent',
  'tracestate',
  'upgrade',
  'via',
  'x-powered-by',
  'x-request-id',
  'x-response-time',
  'x-runtime',
  'x-served-by',
];
