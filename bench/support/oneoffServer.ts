import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphqlClient } from '../../test/support/graphqlClient.ts';
import { graphqlClient } from '../../test/support/graphqlClient.ts';
import { rootFolder } from './places.ts';
import { profilingEnvironment } from './profile.ts';
import { startProcess } from './startedProcess.ts';

export type OneoffServer = Readonly<{
  url: string;
  /** The text of its admin token. */
  token: string;
  pid: number;
  dataFolder: string;
  client: GraphqlClient;
  /** What it has logged. */
  errors: () => string;
  /** Ends it in good order. */
  stop: () => Promise<void>;
}>;

export type StartOneoff = Readonly<{
  folder: string;
  name: string;
  /** Settings that differ from the defaults. */
  environment?: Readonly<Record<string, string>>;
  /** Of a data folder that is there already, where no token is printed. */
  token?: string;
  profileFolder?: string | undefined;
}>;

/** Starts oneoff as its users do, but for the sample, on a free port and a data folder of its own below `folder`. */
export async function startOneoff(options: StartOneoff): Promise<OneoffServer> {
  const { folder, name, environment = {}, profileFolder } = options;
  const dataFolder = join(folder, `${name}-data`);
  mkdirSync(folder, { recursive: true });
  const server = startProcess({
    command: process.execPath,
    args: ['src/main.ts'],
    environment: {
      // As `npm start` does.
      NODE_ENV: 'production',
      DOCKER_HOST: process.env.DOCKER_HOST,
      ONEOFF_PORT: '0',
      ONEOFF_SAMPLE: 'no',
      ONEOFF_DATA_FOLDER: dataFolder,
      ...(profileFolder === undefined ? {} : profilingEnvironment(profileFolder)),
      ...environment,
    },
    folder,
    name,
    options: { cwd: rootFolder },
  });
  const [, url = ''] = await server.printed(/oneoff is ready at (\S+)/);
  const token = options.token ?? (await server.printed(/oneoff_[0-9a-z]+_[\w-]{43}/))[0];
  const client = graphqlClient(url, token);
  return {
    url,
    token,
    pid: server.pid,
    dataFolder,
    client,
    errors: server.errors,
    stop: async () => {
      await client.close();
      await server.stop();
    },
  };
}

/** Makes a service whose jobs can run at once, and answers its id. Throws where the image cannot be had. */
export async function createService(
  { client }: Pick<OneoffServer, 'client'>,
  { image = 'bench', planId = 'plan-srv-006' } = {},
): Promise<string> {
  const { createService: made } = await client.request<{
    createService: { service: { id: string }; build: { status: string; message: string | null } };
  }>(
    'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } build { status message } } }',
    { input: { name: 'bench', type: 'BACKGROUND_WORKER', planId, image } },
  );
  if (made.build.status !== 'SUCCEEDED')
    throw new Error(`the build is ${made.build.status}: ${made.build.message}`);
  return made.service.id;
}
