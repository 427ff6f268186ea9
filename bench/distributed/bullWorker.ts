/* A worker of BullMQ that runs the command of each job, and keeps what it printed as the job's result. Arguments: the socket of Redis, the jobs at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'bullmq';
import type { CommandJob } from './bullJobs.ts';

const [path = '', concurrency = ''] = process.argv.slice(2);
const worker = new Worker<CommandJob>('bench', ({ data }) => run(data.startCommand), {
  connection: { path, maxRetriesPerRequest: null },
  concurrency: Number(concurrency),
});
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();
console.log('ready');
process.once('SIGTERM', () => void worker.close().then(() => process.exit(0)));

async function run(startCommand: string): Promise<Readonly<{ output: string }>> {
  const child = spawn('/bin/sh', ['-c', startCommand], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`it exited with ${code}`);
  return { output };
}
