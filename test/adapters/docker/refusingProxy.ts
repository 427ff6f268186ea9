import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { DockerConnection } from '../../../src/adapters/docker/dockerConnection.ts';

/** Stands between an engine and its client, notes the calls, and refuses some in the engine's place. */
export type RefusingProxy = Readonly<{
  connection: DockerConnection;
  /** The calls so far, as `POST /networks/create`. */
  calls: () => readonly string[];
  /** Answers each call that `pattern` fits with `status` and `message`, until it is told otherwise. */
  refuse: (pattern: RegExp | undefined, status?: number, message?: string) => void;
  close: () => Promise<void>;
}>;

export async function refusingProxy(target: DockerConnection, socketPath: string): Promise<RefusingProxy> {
  const calls: string[] = [];
  let refusal: { pattern: RegExp; status: number; message: string } | undefined;
  const server = createServer((asked, answer) => {
    const call = `${asked.method} ${asked.url}`;
    calls.push(call);
    if (refusal?.pattern.test(call)) {
      answer.writeHead(refusal.status, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ message: refusal.message }));
      return;
    }
    const place =
      target.type === 'socket' ? { socketPath: target.socketPath } : { host: target.host, port: target.port };
    const { method, url: path, headers } = asked;
    const passed = request({ ...place, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    connection: { type: 'socket', socketPath },
    calls: () => calls,
    refuse: (pattern, status = 500, message = 'refused') => {
      refusal = pattern && { pattern, status, message };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
