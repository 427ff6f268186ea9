import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CutProxy, cutProxy } from './cutProxy.ts';
import { eventually } from './eventually.ts';

let closing: AsyncDisposableStack;
let proxy: CutProxy;
let echoPort: number;
/** The server's ends of the connections that it has now. */
let ends: Set<Socket>;
beforeEach(async () => {
  closing = new AsyncDisposableStack();
  ends = new Set();
  const echo = createServer((socket) => {
    ends.add(socket.on('close', () => ends.delete(socket)));
    socket.on('error', () => undefined).pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  closing.defer(async () => {
    for (const end of ends) end.destroy();
    echo.close();
    await once(echo, 'close');
  });
  echoPort = (echo.address() as AddressInfo).port;
  proxy = closing.adopt(await cutProxy({ port: echoPort }), (made) => made.close());
});
afterEach(() => closing.disposeAsync());

/** A client of the echo, and all that it was told. */
async function client(port = proxy.port) {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  closing.defer(() => void socket.destroy());
  let heard = '';
  socket.on('data', (bytes) => {
    heard += String(bytes);
  });
  await once(socket, 'connect');
  return { socket, heard: () => heard };
}
type Client = Awaited<ReturnType<typeof client>>;

const isAnswered = async ({ socket, heard }: Client, text: string): Promise<void> => {
  socket.write(text);
  await eventually(() => heard().endsWith(text));
};

it('passes nothing in a cut, to old connections and to new ones, and all of it once it is healed', async () => {
  const old = await client();
  await isAnswered(old, 'before');
  proxy.cut();
  const young = await client();
  old.socket.write('in it');
  young.socket.write('in it, too');
  // Who goes past the proxy is answered three times meanwhile.
  for (const text of ['one', 'two', 'three']) await isAnswered(await client(echoPort), text);
  expect([old.heard(), young.heard()]).toEqual(['before', '']);
  await proxy.heal();
  await eventually(() => old.heard() === 'beforein it' && young.heard() === 'in it, too');
});

it('tells the server in a cut not even that a client is gone, and tells it after', async () => {
  const gone = await client();
  await isAnswered(gone, 'here');
  proxy.cut();
  gone.socket.resetAndDestroy();
  const next = await client();
  expect(next.socket.readyState).toBe('open');
  expect(ends.size).toBeGreaterThanOrEqual(1);
  await proxy.heal();
  await isAnswered(next, 'after');
  await eventually(() => ends.size === 1 && proxy.connections() === 1);
});

it('breaks what is open and takes nothing new when it refuses, and takes connections on its port again', async () => {
  const broken = await client();
  await isAnswered(broken, 'before');
  await proxy.refuse();
  await eventually(() => broken.socket.closed);
  const refused = connect(proxy.port, '127.0.0.1');
  await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
  await proxy.heal();
  await isAnswered(await client(), 'again');
});
