import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a configuration of nginx with one worker, and gives back the command that runs it.
 * @param server what stands in its `server` block
 */
export function nginxCommand(folder: string, name: string, upstreams: string, server: string): string[] {
  const home = join(folder, name);
  mkdirSync(join(home, 'tmp'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const config = `
daemon off;
worker_processes 1;
pid ${home}/pid;
error_log ${home}/error.log warn;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 300s;
${temporary.map((one) => `  ${one}_temp_path ${home}/tmp/${one};`).join('\n')}
${upstreams}
  server {
${server}
  }
}
`;
  const file = join(home, 'nginx.conf');
  writeFileSync(file, config);
  return ['nginx', '-p', home, '-c', file];
}
