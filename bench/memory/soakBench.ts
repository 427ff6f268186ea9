import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, judge } from '../support/benchmark.ts';
import { countEvents } from '../support/countEvents.ts';
import { createKeepAliveClient } from '../support/keepAliveClient.ts';
import { connections } from '../support/load.ts';
import { createService, type OneoffServer, startOneoff } from '../support/oneoffServer.ts';
import { type ProcessState, processState } from '../support/processState.ts';
import { median } from '../support/statistics.ts';
import { type JobStream, streamJobs } from './jobStream.ts';
import { topRate } from './topRate.ts';

/** Files that come and go by themselves, such as SQLite's. */
const fileSlack = 4;
const restSeconds = 10;

/**
 * Jobs of the `process` engine at half of the rate that it reaches at most, with two subscribers and one list query a second. Memory is flat
 * where the last quarter's middle is not above that of the second; afterwards nothing may be left open.
 */
export const soakBench: Bench = {
  ids: ['soak'],
  run: async (_wanted, { settings, folder, closing, print }) => {
    const [seconds, topSeconds] = settings.short ? [8, 3] : [settings.minutes * 60, 20];
    const server = await startOneoff({
      folder,
      name: 'oneoff',
      environment: { ONEOFF_ENGINE: 'process', ONEOFF_RUNNER_CPU_MILLIS: '100000' },
      profileFolder: settings.profile ? folder : undefined,
    });
    closing.defer(() => server.stop());
    const client = closing.adopt(createKeepAliveClient(server, connections), (opened) => opened.close());
    const serviceId = await createService(server);
    const before = processState(server.pid);
    const top = await topRate(server, serviceId, topSeconds);
    print(
      `  top rate: ${top.jobsPerSecond.toFixed(1)} jobs/s to their end; now ${(top.jobsPerSecond / 2).toFixed(1)} for ${seconds} s`,
    );
    const jobs = streamJobs(server, client, serviceId, { perSecond: top.jobsPerSecond / 2, seconds });
    const states = await watch(server, seconds, print, jobs);
    const created = await jobs.ended();
    client.close();
    await pause(restSeconds * 1000);
    checkNothingIsLeft(server, before, processState(server.pid), await subscriptionsOf(server));
    await server.stop();
    checkEvents(server.dataFolder, created + top.jobs);
    const quarter = (number: number) =>
      median(
        states
          .slice(((number - 1) * states.length) / 4, (number * states.length) / 4)
          .map(({ rssMegabytes }) => rssMegabytes),
      );
    print(
      `  ${created} jobs; RSS by quarters: ${[1, 2, 3, 4].map((number) => quarter(number).toFixed(0)).join(', ')} MB`,
    );
    const figures = { ours: quarter(4), peer: quarter(2), ratio: quarter(4) - quarter(2) };
    return [judge({ id: 'soak', ...figures, unit: 'MB' }, { atMost: 16 }, settings)];
  },
};

async function watch(
  { pid }: OneoffServer,
  seconds: number,
  print: (line: string) => void,
  jobs: JobStream,
): Promise<readonly ProcessState[]> {
  const states: ProcessState[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    await Promise.race([pause(1000), jobs.failure]);
    const state = processState(pid);
    states.push(state);
    if (second % 60 !== 0) continue;
    const { rssMegabytes, openFiles, descendants } = state;
    print(
      `    ${second / 60} min: ${rssMegabytes.toFixed(0)} MB, ${openFiles} files, ${descendants} processes; ${jobs.progress()}`,
    );
  }
  return states;
}

/** From the first job on. */
const spawners = 1;

function checkNothingIsLeft(
  { dataFolder, errors }: OneoffServer,
  before: ProcessState,
  after: ProcessState,
  subscriptions: number,
): void {
  const left: string[] = [];
  if (after.descendants > before.descendants + spawners) left.push(`${after.descendants} processes`);
  if (after.openFiles > before.openFiles + fileSlack)
    left.push(`${after.openFiles} open files, ${before.openFiles} before`);
  if (subscriptions !== 0) left.push(`${subscriptions} subscriptions`);
  const processes = join(dataFolder, 'processes');
  const folders = existsSync(processes) ? readdirSync(processes).length : 0;
  if (folders > 0) left.push(`${folders} folders of processes`);
  if (errors().includes('MaxListenersExceeded')) left.push('listeners, as Node.js warns');
  if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
}

async function subscriptionsOf({ url }: OneoffServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
  return Number(/^oneoff_subscriptions (\d+)$/m.exec(text)?.[1]);
}

function checkEvents(dataFolder: string, jobs: number): void {
  const { JobCreated: created, JobStarted: started, JobFinished: finished } = countEvents(dataFolder);
  if (created === jobs && started === jobs && finished === jobs) return;
  throw new Error(`${created} created, ${started} started, ${finished} ended; wanted ${jobs} of each`);
}
