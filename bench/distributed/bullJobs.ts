import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { benchFolder } from '../support/places.ts';
import { startRedis } from '../support/redis.ts';
import { startProcess } from '../support/startedProcess.ts';
import type { RunJobs } from './processJobsBench.ts';

export type CommandJob = Readonly<{ startCommand: string }>;

/** BullMQ as its users run it: a queue on a Redis that has each command on its disk before it answers, and one worker. */
export const runBullJobs: RunJobs = async ({ jobs, atOnce, startCommand }, { folder, closing }) => {
  // Not before it is needed: the peers are installed when a bench begins.
  const { Queue } = await import('bullmq');
  const { socketPath, stop } = await startRedis(join(folder, 'redis'));
  closing.defer(stop);
  const queue = closing.adopt(
    new Queue<CommandJob>('bench', { connection: { path: socketPath } }),
    (opened) => opened.close(),
  );
  await queue.addBulk(Array.from({ length: jobs }, () => ({ name: 'job', data: { startCommand } })));
  const worker = startProcess({
    command: process.execPath,
    args: [join(benchFolder, 'distributed', 'bullWorker.ts'), socketPath, String(atOnce)],
    environment: { NODE_ENV: 'production' },
    folder,
    name: 'worker',
  });
  closing.defer(() => worker.stop());
  await eventually(async () => (await queue.getCompletedCount()) === jobs, {
    deadlineMs: 300_000,
    everyMs: 200,
  });
  const ended = await queue.getCompleted(0, jobs);
  return ended.map(({ finishedOn = Number.NaN }) => finishedOn);
};
