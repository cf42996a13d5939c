import fastifyHttpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

/** @fastify/http-proxy as its documentation shows it: it forwards by undici. */
const [upstream = '', port = ''] = process.argv.slice(2);
const app = fastify({ logger: false });
await app.register(fastifyHttpProxy, { upstream, undici: { connections: 512 } });
await app.listen({ port: Number(port), host: '127.0.0.1' });
