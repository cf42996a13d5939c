import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';

/** Bare http-proxy as its documentation shows it, with the keep-alive agent that it needs to be fast. */
const [target = '', port = ''] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({ target, agent: new Agent({ keepAlive: true, maxSockets: 512 }) });
proxy.on('error', (_error, _request, response) => {
  if ('writeHead' in response && !response.headersSent) response.writeHead(502);
  response.end();
});
createServer((request, response) => proxy.web(request, response)).listen(Number(port), '127.0.0.1');
