import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { DockerConnection } from '../../../src/adapters/docker/dockerConnection.ts';

/** Stands between an engine and its client, and can drop what is open, be gone, and come back. */
export type DroppingProxy = Readonly<{
  connection: DockerConnection;
  dropAll: () => void;
  /** Drops every connection after that many bytes from the engine, for as long as this is set. */
  dropAfter: (bytes: number | undefined) => void;
  /** How often that has happened. */
  drops: () => number;
  goAway: () => Promise<void>;
  comeBack: () => Promise<void>;
  close: () => Promise<void>;
}>;

export async function droppingProxy(target: DockerConnection, socketPath: string): Promise<DroppingProxy> {
  const open = new Set<Socket>();
  let dropAfterBytes: number | undefined;
  let drops = 0;
  let server: Server | undefined;

  const accept = (client: Socket) => {
    const upstream =
      target.type === 'socket' ? connect(target.socketPath) : connect(target.port, target.host);
    let passedBytes = 0;
    upstream.on('data', (bytes: Buffer) => {
      passedBytes += bytes.length;
      if (dropAfterBytes !== undefined && passedBytes > dropAfterBytes && open.has(client)) {
        drops += 1;
        client.destroy();
      }
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  };
  const dropAll = () => {
    for (const socket of open) socket.destroy();
  };
  const goAway = async () => {
    const closing = server;
    server = undefined;
    if (!closing) return;
    const closed = once(closing, 'close');
    closing.close();
    dropAll();
    await closed;
  };
  const comeBack = async () => {
    await rm(socketPath, { force: true });
    server = createServer(accept).listen(socketPath);
    await once(server, 'listening');
  };
  await comeBack();
  return {
    connection: { type: 'socket', socketPath },
    dropAll,
    dropAfter: (bytes) => {
      dropAfterBytes = bytes;
    },
    drops: () => drops,
    goAway,
    comeBack,
    close: goAway,
  };
}
