import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const firstPort = 10_000;

/**
 * A TCP port of 127.0.0.1 for servers that this process starts, ends and starts again: none of the test processes beside it is given the
 * port while this one lives, whether a server listens there or not.
 */
export async function freePort(): Promise<number> {
  const endPort = firstOutgoingPort();
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (endPort - firstPort));
    if ((await isReserved(port)) && (await isFree(port))) return port;
  }
}

/** Where the ports begin that the system gives to connections that go out, as it may while a server is away. */
function firstOutgoingPort(): number {
  const usual = 32_000;
  if (process.platform !== 'linux') return usual;
  const [first = usual] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .split('\t')
    .map(Number);
  return first > firstPort ? first : usual;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Holds the UDP port of the same number, which no server here wants, until this process ends. */
async function isReserved(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  try {
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return true;
  } catch {
    socket.close();
    return false;
  }
}
