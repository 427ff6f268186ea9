import { createInterface } from 'node:readline';
import type { Docker } from './docker.ts';

type Action = 'start' | 'die' | 'destroy';
type Seen = Readonly<{ containerId: string; action: Action; atMs: number; jobId: string | undefined }>;

/** What the engine itself says of its containers, from now on. */
export type EngineEvents = Readonly<{
  /** When it happened by the engine's clock, in milliseconds of the epoch with their fraction. Throws where it does not in time. */
  happened: (action: Action, of: Readonly<{ containerId?: string; jobId?: string }>) => Promise<number>;
  /** How many containers of our jobs, and of others, have started. */
  starts: () => Readonly<{ ours: number; others: number }>;
}>;

const deadlineMs = 60_000;

/** Listens until `closing` ends. Each event is kept: a bench makes some hundreds. */
export async function watchEngine({ api }: Docker, closing: AsyncDisposableStack): Promise<EngineEvents> {
  const filters = JSON.stringify({ type: ['container'], event: ['start', 'die', 'destroy'] });
  const stream = await api.stream({
    method: 'GET',
    path: '/events',
    query: { filters },
    timeoutMs: deadlineMs,
  });
  const seen: Seen[] = [];
  const listeners = new Set<() => void>();
  const lines = createInterface({ input: stream });
  lines.on('error', () => undefined);
  lines.on('line', (line) => {
    seen.push(parse(line));
    for (const listener of listeners) listener();
  });
  stream.on('error', () => undefined);
  closing.defer(() => {
    lines.close();
    stream.destroy();
  });
  return {
    happened: (action, { containerId, jobId }) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = seen.find(
            (event) =>
              event.action === action &&
              (event.containerId === containerId || (jobId !== undefined && event.jobId === jobId)),
          );
          if (found === undefined) return;
          clearTimeout(deadline);
          listeners.delete(look);
          resolve(found.atMs);
        };
        const deadline = setTimeout(() => {
          listeners.delete(look);
          reject(new Error(`the engine tells of no ${action} of ${jobId ?? containerId}`));
        }, deadlineMs);
        listeners.add(look);
        look();
      }),
    starts: () => {
      const started = seen.filter(({ action }) => action === 'start');
      const ours = started.filter(({ jobId }) => jobId !== undefined).length;
      return { ours, others: started.length - ours };
    },
  };
}

function parse(line: string): Seen {
  const {
    Action: action,
    timeNano,
    Actor,
  } = JSON.parse(line) as {
    Action: Action;
    timeNano: number;
    Actor: { ID: string; Attributes: Record<string, string> };
  };
  return { containerId: Actor.ID, action, atMs: timeNano / 1e6, jobId: Actor.Attributes['oneoff.job'] };
}
