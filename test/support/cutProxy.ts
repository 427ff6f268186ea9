import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './freePort.ts';

/** What stands between a server and its clients, on a port of 127.0.0.1: to them, it is the server. */
export type CutProxy = Readonly<{
  port: number;
  /** How many clients are connected. */
  connections(): number;
  /**
   * A black hole, as a network that drops everything, or a server that is stopped by a signal: what is open stays open, what comes is
   * accepted, and nothing passes in either direction. Not even that one side has closed its end.
   */
  cut(): void;
  /** Breaks all connections and takes no new ones, as when the server's process is killed. Answers once the port is free. */
  refuse(): Promise<void>;
  /** Ends whatever is the matter: connections that were only cut go on with what they have, and new ones are taken. */
  heal(): Promise<void>;
  close(): Promise<void>;
}>;

type Passage = Readonly<{ outer: Socket; inner: Socket }>;

/** Passes everything on to `target`. Takes connections when this answers, on `givenPort` if there is one. */
export async function cutProxy(
  target: Readonly<{ host?: string; port: number }>,
  givenPort?: number,
): Promise<CutProxy> {
  const port = givenPort ?? (await freePort());
  const passages = new Set<Passage>();
  let isCut = false;

  const server = createServer({ pauseOnConnect: true }, (outer) => {
    const passage = { outer, inner: connect(target.port, target.host ?? '127.0.0.1') };
    passages.add(passage);
    for (const socket of [passage.outer, passage.inner]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => isCut || end(passage));
    }
    if (!isCut) pass(passage);
  });
  const end = (passage: Passage): void => {
    passages.delete(passage);
    passage.outer.destroy();
    passage.inner.destroy();
  };
  const open = async (): Promise<void> => {
    if (server.listening) return;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  let closed: Promise<unknown> | undefined;
  const refuse = async (): Promise<void> => {
    isCut = false;
    if (server.listening) {
      closed = once(server, 'close');
      server.close();
      for (const passage of passages) {
        passage.outer.resetAndDestroy();
        end(passage);
      }
    }
    await closed;
  };
  await open();

  return {
    port,
    connections: () => passages.size,
    cut: () => {
      isCut = true;
      for (const passage of passages) hold(passage);
    },
    refuse,
    heal: async () => {
      await closed;
      if (isCut) {
        isCut = false;
        for (const passage of passages) {
          if (passage.outer.destroyed || passage.inner.destroyed) end(passage);
          else pass(passage);
        }
      }
      await open();
    },
    close: refuse,
  };
}

function pass({ outer, inner }: Passage): void {
  outer.pipe(inner);
  inner.pipe(outer);
}

function hold({ outer, inner }: Passage): void {
  outer.unpipe(inner);
  inner.unpipe(outer);
  outer.pause();
  inner.pause();
}
