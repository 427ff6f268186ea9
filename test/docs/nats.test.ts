import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSystemClock } from '../../src/adapters/local/systemClock.ts';
import { openNatsCheckpointStore } from '../../src/adapters/nats/checkpointStore.ts';
import { openJobControl } from '../../src/adapters/nats/jobControl.ts';
import { openJobQueue } from '../../src/adapters/nats/jobQueue.ts';
import { openLeaderLease } from '../../src/adapters/nats/leaderLease.ts';
import { openLogStore } from '../../src/adapters/nats/logStore.ts';
import { connectNats, type Nats } from '../../src/adapters/nats/natsConnection.ts';
import { openRunnerDirectory } from '../../src/adapters/nats/runnerDirectory.ts';
import type { Position } from '../../src/domain/events.ts';
import type { QueuedJob } from '../../src/ports/jobQueue.ts';
import type { Logger } from '../../src/ports/telemetry.ts';
import { queuedJob } from '../contracts/jobQueue.ts';
import { runnerStatus } from '../contracts/runnerDirectory.ts';
import { eventually } from '../support/eventually.ts';
import { allLines, job, lineOf, linesOf, progressAt } from '../support/logLines.ts';
import { describeWithNats, type NatsServer, startNatsServer } from '../support/natsServer.ts';
import { countingMetrics, quietLogger } from '../support/quietTelemetry.ts';

const reference = readFileSync('docs/reference/nats.md', 'utf8');
const production = readFileSync('docs/how-to/run-in-production.md', 'utf8');
const clock = createSystemClock();
/** Of the lane that the reference shows. */
const plan = { planId: 'plan-srv-006', memoryBytes: 512 * 1024 * 1024, cpuMillis: 500 };

type Stream = Readonly<{
  name: string;
  config: Readonly<{ subjects: readonly string[]; republish?: Readonly<{ dest: string }> }>;
  consumer_detail?: readonly Readonly<{ name: string; config: Readonly<{ filter_subject: string }> }>[];
}>;

describeWithNats('the pages of NATS', () => {
  let server: NatsServer;
  let nats: Nats;
  let streams: readonly Stream[];
  const complaints: unknown[] = [];

  beforeAll(async () => {
    server = await startNatsServer(permissionsOf(production));
    const logger: Logger = {
      ...quietLogger,
      warn: (fields, message) => complaints.push({ fields, message }),
    };
    nats = await connectNats({
      servers: [server.url],
      name: 'a test',
      user: 'oneoff',
      password: 'trial',
      logger,
      requestTimeoutMs: 1_000,
    });
    await useAll(nats);
    streams = await streamsOf(server);
  });
  afterAll(async () => {
    await nats?.close();
    await server?.dispose();
  });

  it('grant all that a node does', () => {
    expect(complaints).toEqual([]);
  });

  it('name every stream or bucket, and every subject of one', () => {
    expect(streams.length).toBeGreaterThan(0);
    const wanted = streams.flatMap(({ name, config: { subjects, republish } }) =>
      name.startsWith('KV_')
        ? [`| bucket | \`${name.slice(3)}\` |`]
        : [`| stream | \`${name}\` |`, ...[...subjects, ...(republish ? [republish.dest] : [])].map(shown)],
    );
    expect(wanted.filter((text) => !reference.includes(text))).toEqual([]);
  });

  it('name nothing else', () => {
    const named = [...reference.matchAll(/^\| (stream|bucket) \| `(\w+)` \|/gm)];
    const names = named.map(([, kind, name]) => (kind === 'bucket' ? `KV_${name}` : name));
    expect(names.toSorted()).toEqual(streams.map(({ name }) => name).toSorted());
  });

  it('name the consumer of a lane, and what it takes', () => {
    const [lane] = streams.find(({ name }) => name === 'ONEOFF_JOBS')?.consumer_detail ?? [];
    const wanted = [`as \`${lane?.name}\``, '| consumer | `<lane>` | `oneoff.jobs.<lane>.*` |'];
    expect(wanted.filter((text) => !reference.includes(text))).toEqual([]);
    expect(lane?.config.filter_subject).toBe(`oneoff.jobs.${lane?.name}.*`);
  });

  it('name each hint', () => {
    const wanted = ['jobs', 'jobs.<lane>.<jobId>', 'cancels', 'logs.<jobId>'].map(
      (hint) => `| \`oneoff.hints.${hint}\` |`,
    );
    expect(wanted.filter((text) => !reference.includes(text))).toEqual([]);
  });
});

/** The server's configuration as the page has it, with a password. */
function permissionsOf(page: string): string {
  const block = /```nats\n([\s\S]*?)```/.exec(page)?.[1];
  if (block === undefined) throw new Error('docs/how-to/run-in-production.md has no configuration of NATS');
  return block.replace('$ONEOFF_NATS_PASSWORD', 'trial');
}

/** A wildcard of the server as the page shows it: `oneoff.jobs.*.*` as `oneoff.jobs.<lane>.<jobId>`. */
function shown(subject: string): string {
  const [, prefix, area] = /^(\w+)\.([\w-]+(?:\.(?:logs|jobs))?)\./.exec(subject) ?? [];
  return `\`${prefix}.${area}.${area?.endsWith('jobs') ? '<lane>.' : ''}<jobId>\``;
}

async function streamsOf({ monitor }: NatsServer): Promise<readonly Stream[]> {
  const page = await monitor('/jsz?accounts=true&streams=true&consumers=true&config=true');
  const { account_details } = page as {
    account_details: readonly { stream_detail: readonly Stream[] }[];
  };
  return account_details.flatMap(({ stream_detail }) => stream_detail);
}

/** What nodes do with NATS, once each. */
async function useAll(nats: Nats): Promise<void> {
  await useQueue(nats);
  await useControl(nats);
  await useDirectory(nats);
  await useLease(nats);
  await useLogs(nats);
  const checkpoints = await openNatsCheckpointStore(nats);
  await checkpoints.save('a-process', '0f' as Position);
  expect(await checkpoints.load('a-process')).toBe('0f');
  await checkpoints.close();
}

async function useQueue(nats: Nats): Promise<void> {
  const bounds = { clock, patienceMs: 1_000, maxDeliveries: 20, sweepEveryMs: 1 };
  const queue = await openJobQueue(nats, { ...bounds, maxWaitingJobs: 1_000, ackWaitMs: 30_000 });
  const any = { fits: () => true, fitsEver: () => true, signal: AbortSignal.timeout(10_000) };
  await queue.publish({ ...queuedJob(), ...plan, engine: 'docker' });
  const released = await queue.pull(any);
  await released?.working();
  await released?.release(0);
  await (await queue.pull(any))?.ack();
  const withdrawn: QueuedJob = { ...queuedJob(), ...plan, engine: 'docker' };
  await queue.publish(withdrawn);
  await queue.withdraw(withdrawn.jobId);
  expect(await queue.depth()).toEqual({ waiting: 0, oldestCreatedAt: null });
  await queue.close();
  // Other bounds, as after a change of settings.
  const changed = await openJobQueue(nats, { ...bounds, maxWaitingJobs: 2_000, ackWaitMs: 20_000 });
  await changed.publish(withdrawn);
  await changed.withdraw(withdrawn.jobId);
  await changed.close();
}

async function useControl(nats: Nats): Promise<void> {
  const control = await openJobControl(nats, { lookEveryMs: 60_000 });
  const heard: string[] = [];
  control.onCancelRequested((jobId) => heard.push(jobId));
  await control.requestCancel(job);
  await eventually(() => heard.includes(job));
  await control.close();
}

async function useDirectory(nats: Nats): Promise<void> {
  const directory = await openRunnerDirectory(nats, { clock, leaseMs: 30_000 });
  await directory.announce(runnerStatus());
  expect(await directory.list()).toHaveLength(1);
  await directory.withdraw(runnerStatus().runnerId);
  directory.close();
}

async function useLease(nats: Nats): Promise<void> {
  const lease = await openLeaderLease(nats, {
    clock,
    logger: quietLogger,
    metrics: countingMetrics(),
    leaseMs: 500,
    node: 'a test',
  });
  let acted = false;
  const leadership = lease.lead('an-office', async () => {
    acted = true;
  });
  await eventually(() => acted);
  await leadership.stop();
  await lease.close();
}

async function useLogs(nats: Nats): Promise<void> {
  const bounds = { maxAgeMs: 86_400_000, maxBytes: 64 * 1024 * 1024, maxEnds: 1_000 };
  const logs = await openLogStore(nats, bounds);
  const aborted = new AbortController();
  const followed = logs.follow(job, { after: 0, batchLines: 10, signal: aborted.signal });
  for (let line = 1; line <= 20; line += 1) await logs.append(job, [lineOf(line)], progressAt(line));
  // Longer than one message, and the end.
  const long = { ...lineOf(21), text: 'x'.repeat(2 * 1024 * 1024) };
  await logs.append(job, [long], { ...progressAt(21), complete: true });
  expect(await allLines(logs, job)).toHaveLength(21);
  const seen: number[] = [];
  for await (const lines of followed) seen.push(...lines.map(({ sequence }) => sequence));
  expect(seen).toEqual(linesOf(1, 21).map(({ sequence }) => sequence));
  aborted.abort();
  await logs.close();
}
