import { join } from 'node:path';
import type { Requests } from '../support/load.ts';
import { benchFolder } from '../support/places.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { startProcess } from '../support/startedProcess.ts';
import type { RunningTarget, Target } from './target.ts';

const noop = JSON.stringify({ query: 'mutation Noop { noop }' });
const enqueue = JSON.stringify({
  query: 'mutation Enqueue($input: EnqueueInput!) { enqueue(input: $input) { id } }',
  variables: {
    input: { serviceId: 'srv-c3rfdgg6n88pa7t3a6c0', startCommand: 'echo hello', idempotencyKey: '%KEY%' },
  },
});

/** The peers by the ids of the ratios that they are measured for. */
export const peerTargets: Readonly<Record<string, Target>> = {
  'create-vs-noop': {
    name: 'express',
    start: (folder, closing) => startServer(['expressServer.ts'], noop, folder, closing),
  },
  'create-vs-noop-same': {
    name: 'bare',
    start: (folder, closing) => startServer(['bareServer.ts', 'noop'], noop, folder, closing),
  },
  'create-vs-pgboss': onPostgres('pgboss'),
  'create-vs-graphile': onPostgres('graphile'),
  'create-vs-bullmq': {
    name: 'bullmq',
    start: async (folder, closing) => {
      const { socketPath, stop } = await startRedis(join(folder, 'redis'));
      closing.defer(stop);
      return startServer(['bareServer.ts', 'bullmq', socketPath], enqueue, folder, closing);
    },
  },
};

function onPostgres(name: string): Target {
  return {
    name,
    start: async (folder, closing) => {
      const { socketFolder, stop } = await startPostgres(join(folder, 'postgres'));
      closing.defer(stop);
      return startServer(['bareServer.ts', name, socketFolder], enqueue, folder, closing);
    },
  };
}

async function startServer(
  [file = '', ...args]: readonly string[],
  body: Requests['body'],
  folder: string,
  closing: AsyncDisposableStack,
): Promise<RunningTarget> {
  const server = startProcess({
    command: process.execPath,
    args: [join(benchFolder, 'create', 'servers', file), ...args],
    // What people run Express and Apollo with, and faster than without.
    environment: { NODE_ENV: 'production' },
    folder,
    name: 'server',
  });
  closing.defer(() => server.stop());
  const [, url = ''] = await server.printed(/listening at (\S+)/);
  return { requests: { url, authorization: null, body }, stored: () => askStored(url) };
}

async function askStored(url: string): Promise<number> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: '{"query":"{ stored }"}',
  });
  const { data } = (await response.json()) as { data: { stored: number } };
  return data.stored;
}
