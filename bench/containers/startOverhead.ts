import { type Bench, judge } from '../support/benchmark.ts';
import { type Docker, openDocker } from '../support/docker.ts';
import { type EngineEvents, watchEngine } from '../support/engineEvents.ts';
import { median, withSpread } from '../support/statistics.ts';
import { type OurJobs, startOurJobs } from './ourJobs.ts';

const timeoutMs = 60_000;
type ContainerConfig = Readonly<Record<string, unknown>>;

/**
 * From a job's creation to the start of its process by the engine's own clock, less what the bare engine takes to create and start the very
 * same container. Both take turns, one container at a time; the next one waits until the one before is removed.
 */
export const startOverheadBench: Bench = {
  ids: ['start-overhead'],
  run: async (_wanted, context) => {
    const { settings, closing, print } = context;
    const docker = await openDocker(closing);
    const events = await watchEngine(docker, closing);
    const jobs = await startOurJobs(context, docker);
    const config = await configOfJob(jobs, docker, events);
    const [warmUps, samples] = settings.short ? [1, 3] : [10, 100];
    const ours: number[] = [];
    const bare: number[] = [];
    const differences: number[] = [];
    for (let sample = -warmUps; sample < samples; sample += 1) {
      // Each goes first every other time: the engine is still busy with what ended before.
      const earlier = sample % 2 === 0 ? await startBare(config, docker, events) : undefined;
      const oursMs = await startJob(jobs, events);
      const bareMs = earlier ?? (await startBare(config, docker, events));
      if (sample < 0) continue;
      ours.push(oursMs);
      bare.push(bareMs);
      differences.push(oursMs - bareMs);
    }
    const starts = events.starts();
    const wanted = warmUps + samples;
    if (starts.ours !== wanted + 1 || starts.others !== wanted) {
      throw new Error(`the engine started ${JSON.stringify(starts)} containers, wanted ${wanted} of each`);
    }
    print(`  created → runs, oneoff:      ${withSpread(ours, 'ms')}`);
    print(`  create + start, bare engine: ${withSpread(bare, 'ms')}`);
    print(`  start-overhead: ${withSpread(differences, 'ms')}`);
    const figures = { ours: median(ours), peer: median(bare), ratio: median(differences) };
    return [judge({ id: 'start-overhead', ...figures, unit: 'ms' }, { atMost: 5 }, settings)];
  },
};

async function startJob(jobs: OurJobs, events: EngineEvents): Promise<number> {
  const { id, createdAtMs } = await jobs.create('true');
  const startedMs = await events.happened('start', { jobId: id });
  await jobs.succeeded(id);
  await events.happened('destroy', { jobId: id });
  return startedMs - createdAtMs;
}

async function startBare(body: ContainerConfig, { api }: Docker, events: EngineEvents): Promise<number> {
  const createdMs = performance.timeOrigin + performance.now();
  const { Id } = (await api.request({ method: 'POST', path: '/containers/create', body, timeoutMs })) as {
    Id: string;
  };
  await api.request({ method: 'POST', path: `/containers/${Id}/start`, timeoutMs });
  const startedMs = await events.happened('start', { containerId: Id });
  await events.happened('die', { containerId: Id });
  await api.request({ method: 'DELETE', path: `/containers/${Id}`, timeoutMs });
  await events.happened('destroy', { containerId: Id });
  return startedMs - createdMs;
}

/** What our runner asks the engine for, read back from a container of its own, but for the labels, by which it would know it as its own. */
async function configOfJob(jobs: OurJobs, { api }: Docker, events: EngineEvents): Promise<ContainerConfig> {
  const { id } = await jobs.create('sleep 1; true');
  await events.happened('start', { jobId: id });
  const path = `/containers/oneoff-${id}-1/json`;
  const { Config, HostConfig } = (await api.request({ method: 'GET', path, timeoutMs })) as {
    Config: ContainerConfig & { Cmd: readonly string[] };
    HostConfig: ContainerConfig;
  };
  await jobs.succeeded(id);
  await events.happened('destroy', { jobId: id });
  return { ...Config, Cmd: [...Config.Cmd.slice(0, -1), 'true'], Hostname: '', Labels: {}, HostConfig };
}
