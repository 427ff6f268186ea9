import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { stillAuthenticated, UnauthenticatedError } from '../auth/authenticate.ts';
import type { ApiServices } from '../context.ts';
import { createPacedSocket } from './pacedSocket.ts';
import { refuseUpgrade } from './refuseUpgrade.ts';
import type { SocketAdmission } from './socketAdmission.ts';
import { createSocketOperations } from './socketOperations.ts';
import { type Connection, webSocketHooks } from './webSocketHooks.ts';

export type GraphqlOverWebSocketOptions = Readonly<{
  services: ApiServices;
  schema: GraphQLSchema;
  admission: SocketAdmission;
  /** A peer that says nothing for two of these is gone. */
  pingIntervalMs: number;
  slowSubscriberMs: number;
  /** How long a peer has to answer the end of its connection. */
  closeTimeoutMs: number;
}>;

export type GraphqlOverWebSocket = Readonly<{
  /** For an HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Operations that are open on all sockets. */
  openOperations(): number;
  /** Ends all connections with 1001, and those that do not answer with less. Answers when the last is gone. */
  close(): Promise<void>;
}>;

/** Beside the codes of graphql-ws's own protocol: the peer took nothing for `slowSubscriberMs`. */
export const tooSlowCloseCode = 4508;

/** Serves the graphql-transport-ws protocol. Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export function createGraphqlOverWebSocket(options: GraphqlOverWebSocketOptions): GraphqlOverWebSocket {
  const { services, pingIntervalMs } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: services.limits.requestBytes,
  });
  const protocol = makeServer(webSocketHooks(options));
  const connections = new Set<Connection>();
  let closing = false;
  const heartbeat = setInterval(() => {
    for (const connection of connections) checkConnection(services, connection);
  }, pingIntervalMs);

  function serve(socket: WebSocket): void {
    const connection = openConnection(socket, options);
    connections.add(connection);
    const closed = bindConnection(protocol, connection, services);
    socket.once('close', (code, reason) => {
      connections.delete(connection);
      connection.operations.endAll();
      void closed(code, String(reason)).catch(() => undefined);
    });
  }

  return {
    upgrade: (request, socket, head) => {
      if (closing) refuseUpgrade(socket, 503, { message: 'The server is shutting down.' });
      else sockets.handleUpgrade(request, socket, head, serve);
    },
    openOperations: () => [...connections].reduce((sum, { operations }) => sum + operations.size(), 0),
    close: async () => {
      closing = true;
      clearInterval(heartbeat);
      const ends = [...connections].map(({ socket, close }) => {
        const gone = new Promise((resolve) => socket.once('close', resolve));
        close(1001, 'Going away');
        return gone;
      });
      await Promise.all(ends);
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}

function openConnection(socket: WebSocket, options: GraphqlOverWebSocketOptions): Connection {
  const { slowSubscriberMs, closeTimeoutMs } = options;
  const { slowSubscriberBytes } = options.services.limits;
  const operations = createSocketOperations();
  // A closing socket takes no more: what feeds it must end now, not when the peer has answered. If it never answers, so be it.
  const close = (code: number, reason: string) => {
    operations.endAll();
    socket.close(code, reason);
    socket.resume();
    const force = setTimeout(() => socket.terminate(), closeTimeoutMs);
    socket.once('close', () => clearTimeout(force));
  };
  const onStalled = () => close(tooSlowCloseCode, 'Too slow');
  const paced = createPacedSocket(socket, { slowSubscriberBytes, slowSubscriberMs, onStalled });
  return { socket, paced, operations, close, viewer: null, heard: true, refused: false };
}

function bindConnection(
  protocol: ReturnType<typeof makeServer<Record<string, unknown>, Connection>>,
  connection: Connection,
  { logger, metrics }: ApiServices,
): (code: number, reason: string) => Promise<void> {
  const { socket, paced, operations, close } = connection;
  for (const sign of ['message', 'ping', 'pong']) {
    socket.on(sign, () => {
      connection.heard = true;
    });
  }
  // ws closes the socket itself, with the code of what the peer did wrong.
  socket.on('error', (error) => logger.debug({ error }, 'A WebSocket failed'));
  return protocol.opened(
    {
      protocol: socket.protocol,
      send: (text) => paced.send(text),
      close: (code = CloseCode.InternalServerError, reason = '') => close(code, reason),
      onMessage: (handle) => {
        socket.on('message', async (data) => {
          if (socket.readyState !== WebSocket.OPEN) return;
          const text = String(data);
          const completedId = idOfComplete(text);
          if (completedId !== null) operations.endById(completedId);
          try {
            await handle(text);
          } catch (error) {
            logger.error({ error }, 'A WebSocket message could not be handled');
            metrics.count('unexpected_error', { where: 'websocket' });
            close(CloseCode.InternalServerError, 'Internal server error');
          }
        });
      },
    },
    connection,
  );
}

/**
 * The operation that a `complete` message ends, if that is what it is. graphql-ws returns the operation's iterator, which is not
 * there while the operation is being set up and does not move while it waits; hence this second look at what are short messages.
 */
function idOfComplete(text: string): string | null {
  if (text.length > 1024 || !text.includes('"complete"')) return null;
  try {
    const message: unknown = JSON.parse(text);
    const complete = typeof message === 'object' && message !== null && 'type' in message && 'id' in message;
    return complete && message.type === 'complete' ? String(message.id) : null;
  } catch {
    return null;
  }
}

function checkConnection(services: ApiServices, connection: Connection): void {
  const { socket, paced, operations, close, viewer } = connection;
  if (socket.readyState !== WebSocket.OPEN) return;
  if (!stillAuthenticated(services, viewer)) {
    // First its operations end, each with the reason; then, a heartbeat later, the connection does.
    if (connection.refused) close(CloseCode.Forbidden, 'Forbidden');
    connection.refused = true;
    operations.failAll(new UnauthenticatedError());
  } else if (paced.held()) {
    // A held socket is not read from, so its pongs are not seen; it is measured by what it takes.
  } else if (connection.heard) {
    connection.heard = false;
    socket.ping();
  } else {
    socket.terminate();
  }
}
