import { afterEach, beforeEach } from 'vitest';
import { connectNats, type Nats, type NatsOptions } from '../../../src/adapters/nats/natsConnection.ts';
import { type NatsServer, startNatsServer } from '../../support/natsServer.ts';
import { quietLogger } from '../../support/quietTelemetry.ts';

export type OpenedNats = Readonly<{
  server(): NatsServer;
  /** A connection as a node has it, closed after the test. */
  connect(options?: Partial<NatsOptions>): Promise<Nats>;
  /** Calls `close` after the test, what was opened last first. */
  defer(close: () => void | Promise<void>): void;
}>;

/** A server for each test; after it everything is closed. */
export function withNats(): OpenedNats {
  let server: NatsServer;
  let closing: AsyncDisposableStack;
  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    server = await startNatsServer();
    closing.defer(() => server.dispose());
  });
  afterEach(() => closing.disposeAsync());
  return {
    server: () => server,
    connect: async (options = {}) => {
      const servers = [server.url];
      const patience = { requestTimeoutMs: 500 };
      const nats = await connectNats({
        servers,
        name: 'a test',
        logger: quietLogger,
        ...patience,
        ...options,
      });
      closing.defer(() => nats.close());
      return nats;
    },
    defer: (close) => closing.defer(close),
  };
}
