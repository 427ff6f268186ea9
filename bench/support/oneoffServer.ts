import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
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
  /** Ends it, in good order unless the signal is another one. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
}>;

export type StartOneoff = Readonly<{
  folder: string;
  name: string;
  /** Settings that differ from the defaults. */
  environment?: Readonly<Record<string, string>>;
  /** Of an installation that is there already, where no token is printed. */
  token?: string;
  profileFolder?: string | undefined;
}>;

/** Starts oneoff as its users do, but for the sample, on a free port and a data folder of its own below `folder`. */
export async function startOneoff(options: StartOneoff): Promise<OneoffServer> {
  const { folder, name, environment = {}, profileFolder } = options;
  const dataFolder = join(folder, `${name}-data`);
  mkdirSync(folder, { recursive: true });
  const server = startProcess({
    // It sets the variables that the script begins with, and becomes the program that follows them.
    command: 'env',
    args: startScript(),
    environment: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
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
    stop: async (signal) => {
      await client.close();
      await server.stop(signal);
    },
  };
}

/** What `npm start` runs, word by word. */
function startScript(): readonly string[] {
  const text = readFileSync(join(rootFolder, 'package.json'), 'utf8');
  const { scripts } = JSON.parse(text) as { scripts: { start: string } };
  return scripts.start.split(' ');
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
