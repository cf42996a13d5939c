import { execFileSync } from 'node:child_process';
import { connect, createServer } from 'node:net';

/** A network of containers: each has an address and a loopback of its own, and finds the others by name. */
export interface Network {
  /** The text of /etc/hosts. */
  hosts: string;
  addressOf(name: string): string;
}

const subnet = '10.88.0';

/** Creates a network namespace for each name, on one bridge, to which this process is connected as the host is in Docker. */
export function createNetwork(names: readonly string[]): Network {
  const addressOf = (name: string) => `${subnet}.${names.indexOf(name) + 10}`;
  const commands = [
    'mount -t tmpfs tmpfs /run',
    'ip link set lo up',
    'ip link add bridge0 type bridge',
    `ip addr add ${subnet}.1/24 dev bridge0`,
    'ip link set bridge0 up',
    ...names.flatMap((name, index) => [
      `ip netns add ${name}`,
      `ip link add port${index} type veth peer name eth0 netns ${name}`,
      `ip link set port${index} master bridge0 up`,
      `ip -n ${name} addr add ${addressOf(name)}/24 dev eth0`,
      `ip -n ${name} link set eth0 up`,
      `ip -n ${name} link set lo up`,
    ]),
  ];
  execFileSync('sh', ['-ec', commands.join('\n')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const hosts = names.map((name) => `${addressOf(name)} ${name}`);
  return { hosts: ['127.0.0.1 localhost', ...hosts, ''].join('\n'), addressOf };
}

/** Opens a published port, such as `127.0.0.1:8080:8080`, on the host. */
export function publishPort(port: string, address: string): Promise<void> {
  const [host, published, inside] = port.split(':');
  const server = createServer((client) => {
    const container = connect(Number(inside), address);
    client.on('error', () => container.destroy()).pipe(container);
    container.on('error', () => client.destroy()).pipe(client);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(Number(published), host, resolve);
  });
}
