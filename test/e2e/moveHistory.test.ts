import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../src/adapters/eventstoredb/eventStore.ts';
import { startPosition } from '../../src/domain/events.ts';
import { eventually } from '../support/eventually.ts';
import { graphqlClient } from '../support/graphqlClient.ts';
import { describeWithNats, startNatsServer } from '../support/natsServer.ts';
import { type ServerProcess, serverProcess } from '../support/serverProcess.ts';
import { tempFolder } from '../support/tempFolder.ts';
import { startTestEventStore } from '../support/testEventStore.ts';

type Environment = Readonly<Record<string, string>>;
type Shown = Readonly<{ id: string; status: string; startCommand: string }>;

const query = `{ jobs { edges { node {
  id status startCommand createdAt startedAt finishedAt runMs outcome { kind exitCode } cost { amount }
  events { type at } logs { edges { node { sequence stream text } } }
} } } services { edges { node { id name environment { key secret } } } } }`;

describeWithNats('moving a history to many machines, by the command line', () => {
  let closing: AsyncDisposableStack;
  let key: string;
  beforeEach(() => {
    closing = new AsyncDisposableStack();
    key = Buffer.alloc(32, 9).toString('base64');
  });
  afterEach(() => closing.disposeAsync());

  async function server(environment: Environment): Promise<ServerProcess> {
    const settings = { ONEOFF_ENGINE: 'process', ONEOFF_SECRET_KEY: key, ...environment };
    return closing.adopt(await serverProcess(settings), (started) => started.dispose());
  }

  function command(args: readonly string[], environment: Environment) {
    return promisify(execFile)(process.execPath, ['src/main.ts', ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ONEOFF_SECRET_KEY: key, ...environment },
    });
  }

  async function runJobs({ url, token }: ServerProcess): Promise<void> {
    const client = graphqlClient(url, token());
    const { createService } = await client.request<{ createService: { service: { id: string } } }>(
      'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } } }',
      {
        input: {
          name: 'moved',
          type: 'BACKGROUND_WORKER',
          planId: 'plan-srv-006',
          image: 'busybox:stable',
          environment: [{ key: 'PASSWORD', value: 'hidden-value', secret: true }],
        },
      },
    );
    for (const startCommand of ['echo one; echo two >&2', 'exit 3', 'sleep 600']) {
      await client.request('mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }', {
        input: { serviceId: createService.service.id, startCommand },
      });
    }
    const jobs = async () => {
      const found = await client.request<{ jobs: { edges: { node: Shown }[] } }>(
        '{ jobs { edges { node { id status startCommand } } } }',
      );
      return found.jobs.edges.map(({ node }) => node);
    };
    const running = await eventually(async () =>
      (await jobs()).find(({ status, startCommand }) => status === 'RUNNING' && startCommand === 'sleep 600'),
    );
    await client.request('mutation ($id: ID!) { cancelJob(id: $id) { position } }', { id: running.id });
    await eventually(async () =>
      (await jobs()).every(({ status }) => !['PENDING', 'RUNNING'].includes(status)),
    );
    await client.close();
  }

  async function shown(url: string, token: string): Promise<unknown> {
    const client = graphqlClient(url, token);
    try {
      return await client.request(query);
    } finally {
      await client.close();
    }
  }

  it('shows the same jobs, logs and bills to the same token, and goes on, though the import was killed', async () => {
    const folder = closing.adopt(await tempFolder(), (made) => made.remove());
    const file = join(folder.path, 'history.ndjson.gz');
    const embedded = await server({});
    await embedded.start();
    await runJobs(embedded);
    const before = await shown(embedded.url, embedded.token());
    await embedded.end('SIGTERM');
    await command(['export', file], { ONEOFF_DATA_FOLDER: embedded.dataFolder });

    const nats = closing.adopt(await startNatsServer(), (started) => started.dispose());
    const { connectionString } = closing.adopt(await startTestEventStore(), (started) => started.dispose());
    const streamPrefix = `test${randomUUID().slice(0, 8)}.`;
    const shared = {
      ONEOFF_EVENTSTORE: connectionString,
      ONEOFF_EVENTSTORE_PREFIX: streamPrefix,
      ONEOFF_NATS: nats.url,
    };
    const log = createEventStoreDbEventStore({ connectionString, streamPrefix });
    closing.defer(() => log.close());
    const importing = () =>
      command(['import', file], { ...shared, ONEOFF_DATA_FOLDER: join(folder.path, 'import') });
    const killed = importing();
    const outcome = killed.catch((error: unknown) => error);
    await eventually(async () => (await log.lastPosition()) !== startPosition, {
      everyMs: 1,
      deadlineMs: 30_000,
    });
    killed.child.kill('SIGKILL');
    expect(await outcome).toMatchObject({ signal: 'SIGKILL' });
    await importing();

    const node = await server(shared);
    await node.start();
    expect(node.token()).toBe('');
    expect(await shown(node.url, embedded.token())).toEqual(before);
    await runJobs({ ...node, token: embedded.token });
  }, 90_000);
});
