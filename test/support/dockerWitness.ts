import { text } from 'node:stream/consumers';
import type { DockerConnection } from '../../src/adapters/docker/dockerConnection.ts';
import { dockerode } from './docker.ts';

/** How often the engine itself says that it started a container of each job, since `sinceMs`. */
export async function startedContainers(
  connection: DockerConnection,
  sinceMs: number,
): Promise<ReadonlyMap<string, number>> {
  const stream = await dockerode(connection).getEvents({
    since: Math.floor(sinceMs / 1000),
    until: Math.floor(Date.now() / 1000) + 1,
    filters: JSON.stringify({ type: ['container'], event: ['start'], label: ['oneoff.job'] }),
  });
  const starts = new Map<string, number>();
  for (const line of (await text(stream)).split('\n').filter((each) => each !== '')) {
    const event = JSON.parse(line) as { Actor: { Attributes: Record<string, string> } };
    const jobId = event.Actor.Attributes['oneoff.job'] ?? '';
    starts.set(jobId, (starts.get(jobId) ?? 0) + 1);
  }
  return starts;
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
