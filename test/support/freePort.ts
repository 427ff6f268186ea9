import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems give to connections that go out: one of them must not take the port of a server that is away for a moment. */
const [firstPort, lastPort] = [10_000, 32_000];

/** A TCP port of 127.0.0.1 that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort));
    if (await isFree(port)) return port;
  }
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
