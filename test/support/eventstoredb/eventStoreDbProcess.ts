import { join } from 'node:path';
import { freePort } from '../freePort.ts';
import { type RestartableProcess, restartableProcess } from '../restartableProcess.ts';
import { tempFolder } from '../tempFolder.ts';

export type EventStoreDbProcess = Omit<RestartableProcess, 'start'> &
  Readonly<{
    /** `esdb://127.0.0.1:…`, the same after each start. */
    connectionString: string;
    /** Starts it on the same log and port. */
    start: () => Promise<void>;
    /** Kills it if it runs, and removes its log. */
    dispose: () => Promise<void>;
  }>;

/** The stand-in for EventStoreDB as a process of its own, with an empty log; it runs when this answers. */
export async function eventStoreDbProcess(): Promise<EventStoreDbProcess> {
  const folder = await tempFolder();
  const port = await freePort();
  const file = join(folder.path, 'log.ndjson');
  const program = restartableProcess({
    name: 'the stand-in for EventStoreDB',
    command: process.execPath,
    args: [join(import.meta.dirname, 'main.ts'), '--port', String(port), '--file', file],
    environment: { PATH: process.env.PATH },
    isReady: (output) => output.includes(' is ready at '),
  });
  const server: EventStoreDbProcess = {
    ...program,
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    start: () => program.start(),
    dispose: async () => {
      await program.end('SIGKILL');
      await folder.remove();
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return server;
}
