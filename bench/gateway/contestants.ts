import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { nginxCommand } from './proxies/nginx.js';

/** One way from the load to the upstream. */
export interface Contestant {
  name: string;
  port: number;
  /** What is run on the proxy's core; nothing for the way without a proxy. */
  command: string[] | undefined;
}

export interface Addresses {
  folder: string;
  upstreamPort: number;
  flagsUrl: string;
  natsUrl: string;
  /** First of the free ports that proxies listen on. */
  firstPort: number;
  nginx: boolean;
}

const dist = join(import.meta.dirname, '..', '..');

/** The proxies that are compared, and how each is started. */
export function contestants(at: Addresses): Contestant[] {
  const { upstreamPort, firstPort } = at;
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  const script = (file: string, port: number) => [
    process.execPath,
    join(import.meta.dirname, 'proxies', file),
    upstream,
    String(port),
  ];
  const all: Contestant[] = [
    { name: 'nothing in between', port: upstreamPort, command: undefined },
    { name: 'our gateway, everything on', port: firstPort, command: gateway(at, upstream, firstPort) },
    { name: 'http-proxy, keep-alive', port: firstPort + 2, command: script('http-proxy.js', firstPort + 2) },
    {
      name: '@fastify/http-proxy',
      port: firstPort + 3,
      command: script('fastify-http-proxy.js', firstPort + 3),
    },
  ];
  return at.nginx
    ? [...all, { name: 'nginx, 1 worker', port: firstPort + 4, command: nginx(at, firstPort + 4) }]
    : all;
}

/** Half of the reads go to each side, past flag, freshness, breaker and bulkhead; metrics and access log are on. */
function gateway({ folder, flagsUrl, natsUrl }: Addresses, upstream: string, port: number): string[] {
  const file = join(folder, 'gateway.yaml');
  const config = {
    listen: { port },
    admin: { port: port + 1 },
    monolith: upstream,
    nats: natsUrl,
    flags: { unleash: flagsUrl, token: 'bench' },
    capabilities: { inventory: { service: upstream } },
    endpoints: [
      { endpoint: 'GET /inventory', capability: 'inventory', verb: 'list' },
      { endpoint: 'GET /inventory/{productId}', capability: 'inventory', verb: 'get', key: 'path.productId' },
      {
        endpoint: 'PUT /inventory/{productId}',
        capability: 'inventory',
        key: 'path.productId',
      },
      {
        endpoint: 'POST /orders',
        capability: 'orders',
        writes: [{ capability: 'inventory', keys: 'request.items[].productId' }],
      },
    ],
  };
  writeFileSync(file, stringify(config));
  return [process.execPath, join(dist, 'strangler-proxy', 'gateway', 'main.js'), '--config', file];
}

function nginx({ folder, upstreamPort }: Addresses, port: number): string[] {
  return nginxCommand(
    folder,
    'nginx-proxy',
    `  upstream up { server 127.0.0.1:${upstreamPort}; keepalive 512; }`,
    `    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Request-Id $request_id;
    }`,
  );
}
