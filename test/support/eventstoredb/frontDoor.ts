import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What stands between a server's clients and the server, on a port of its own: to them, it is the server. */
export type FrontDoor = Readonly<{
  port: number;
  /** How many clients are connected. */
  connections(): number;
  /** Takes what comes and passes nothing on, in either direction, as a server does that is stopped by a signal. */
  hang(): void;
  resume(): void;
  /** Breaks all connections and takes no new ones, as when the server's process is killed. */
  shut(): Promise<void>;
  /** Takes connections again, on the same port. */
  open(): Promise<void>;
}>;

type Passage = Readonly<{ outer: Socket; inner: Socket }>;

export async function createFrontDoor(innerPort: number): Promise<FrontDoor> {
  const passages = new Set<Passage>();
  let isHung = false;
  let port = 0;

  const server = createServer((outer) => {
    const passage = { outer, inner: connect(innerPort, '127.0.0.1') };
    passages.add(passage);
    join(passage, passages);
    if (isHung) pause(passage);
  });
  let shutting: Promise<void> | undefined;
  const shut = async () => {
    isHung = false;
    const closed = once(server, 'close');
    server.close();
    for (const { outer, inner } of passages) {
      outer.resetAndDestroy();
      inner.destroy();
    }
    await closed;
  };
  const open = async () => {
    await shutting;
    shutting = undefined;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  await open();

  return {
    port,
    connections: () => passages.size,
    hang: () => {
      isHung = true;
      for (const passage of passages) pause(passage);
    },
    resume: () => {
      isHung = false;
      for (const { outer, inner } of passages) {
        outer.pipe(inner);
        inner.pipe(outer);
      }
    },
    shut: () => {
      shutting ??= shut();
      return shutting;
    },
    open,
  };
}

function join(passage: Passage, passages: Set<Passage>): void {
  const { outer, inner } = passage;
  const end = () => {
    passages.delete(passage);
    outer.destroy();
    inner.destroy();
  };
  for (const socket of [outer, inner]) {
    socket.setNoDelay(true);
    socket.on('error', end);
    socket.on('close', end);
  }
  outer.pipe(inner);
  inner.pipe(outer);
}

function pause({ outer, inner }: Passage): void {
  outer.unpipe(inner);
  inner.unpipe(outer);
  outer.pause();
  inner.pause();
}
