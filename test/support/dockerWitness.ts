import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { DockerConnection } from '../../src/adapters/docker/dockerConnection.ts';
import { dockerode } from './docker.ts';
import { eventually } from './eventually.ts';

export type StartWitness = Readonly<{ starts: () => ReadonlyMap<string, number>; close: () => void }>;

/** Counts how often the engine itself says that it starts a container of each job, from now on. */
export async function witnessStarts(connection: DockerConnection): Promise<StartWitness> {
  const stream = await dockerode(connection).getEvents({
    filters: JSON.stringify({ type: ['container'], event: ['start'], label: ['oneoff.job'] }),
  });
  const starts = new Map<string, number>();
  const lines = createInterface({ input: stream as Readable });
  lines.on('line', (line) => {
    const event = JSON.parse(line) as { Actor: { Attributes: Record<string, string> } };
    const jobId = event.Actor.Attributes['oneoff.job'] ?? '';
    starts.set(jobId, (starts.get(jobId) ?? 0) + 1);
  });
  return {
    starts: () => starts,
    close: () => {
      lines.close();
      (stream as Readable).destroy();
    },
  };
}

/** The names of the containers that there are for these jobs. */
export async function containersOf(
  connection: DockerConnection,
  jobIds: readonly string[],
): Promise<readonly string[]> {
  const containers = await dockerode(connection).listContainers({
    all: true,
    filters: { label: ['oneoff.job'] },
  });
  return containers
    .filter(({ Labels }) => jobIds.includes(Labels['oneoff.job'] ?? ''))
    .flatMap(({ Names }) => Names);
}

/** Waits until no container of this service is left: a job's end is told a moment before its container is removed. */
export async function untilNoContainers(connection: DockerConnection, serviceId: string): Promise<void> {
  const filters = { label: [`oneoff.service=${serviceId}`] };
  await eventually(
    async () => (await dockerode(connection).listContainers({ all: true, filters })).length === 0,
  );
}
