import { testImage } from './docker.ts';
import { type GraphqlClient, graphqlClient } from './graphqlClient.ts';

export type ShownJob = Readonly<{
  id: string;
  status: string;
  startedAt: string | null;
  finishedAt: string | null;
  outcome: null | Readonly<{ kind: string; exitCode: number | null }>;
  cost: Readonly<{ amount: string }>;
  cancelRequested: boolean;
  pendingReason: null | Readonly<{ code: string; text: string }>;
  attempts: readonly Readonly<{ number: number; runnerId: string; containerId: string | null }>[];
  events: readonly Readonly<{ type: string; position: string }>[];
}>;
export type ShownLine = Readonly<{ sequence: number; stream: string; text: string }>;
export type ShownUpdate = Readonly<{ position: string; job: ShownJob }>;
type Input = Readonly<Record<string, unknown>>;

/** One API node, or several that a client may ask in turn. */
export type Api = Readonly<{ url: string; urls?: readonly string[]; token: () => string }>;

/** A user's way to services and jobs, with no more of the API than a program would need that starts one and watches it. */
export type JobsOverApi = Readonly<{
  client: GraphqlClient;
  /** The id of a new service, on the image that tests use. */
  createService: (input?: Input) => Promise<string>;
  /** The id of the job. */
  createJob: (serviceId: string, startCommand: string, input?: Input) => Promise<string>;
  /** The job as the answer shows it. */
  cancelJob: (id: string) => Promise<ShownJob>;
  job: (id: string) => Promise<ShownJob>;
  /** The newest 100 jobs. */
  jobs: () => Promise<readonly ShownJob[]>;
  /** The job once it has ended; throws where it has not within a minute. */
  finishedJob: (id: string) => Promise<ShownJob>;
  updates: (id: string, after?: string) => AsyncGenerator<ShownUpdate>;
  lines: (id: string, after?: number) => AsyncGenerator<ShownLine>;
  allLines: (id: string) => Promise<readonly ShownLine[]>;
}>;

export const jobFields = `id status startedAt finishedAt outcome { kind exitCode } cost { amount } cancelRequested
  pendingReason { code text } attempts { number runnerId containerId } events { type position }`;

export function jobsOverApi({ url, urls, token }: Api): JobsOverApi {
  const client = graphqlClient(urls ?? url, token());

  async function* lines(id: string, after = 0): AsyncGenerator<ShownLine> {
    const batches = client.subscribe<{ jobLogs: { lines: ShownLine[] } }>(
      'subscription ($id: ID!, $after: Int!) { jobLogs(jobId: $id, after: $after) { lines { sequence stream text } } }',
      { id, after },
    );
    for await (const { jobLogs } of batches) yield* jobLogs.lines;
  }

  async function* updates(id: string, after?: string): AsyncGenerator<ShownUpdate> {
    const messages = client.subscribe<{ jobUpdated: ShownUpdate }>(
      `subscription ($id: ID!, $after: Position) { jobUpdated(id: $id, after: $after) { position job { ${jobFields} } } }`,
      { id, after },
    );
    for await (const { jobUpdated } of messages) yield jobUpdated;
  }

  return {
    client,
    createService: async (input = {}) => {
      const { createService } = await client.request<{ createService: { service: { id: string } } }>(
        'mutation ($input: CreateServiceInput!) { createService(input: $input) { position service { id } } }',
        { input: { name: 'web', type: 'WEB_SERVICE', planId: 'plan-srv-006', image: testImage, ...input } },
      );
      return createService.service.id;
    },
    createJob: async (serviceId, startCommand, input = {}) => {
      const { createJob } = await client.request<{ createJob: { job: { id: string } } }>(
        'mutation ($input: CreateJobInput!) { createJob(input: $input) { position job { id } } }',
        { input: { serviceId, startCommand, ...input } },
      );
      return createJob.job.id;
    },
    cancelJob: async (id) => {
      const { cancelJob } = await client.request<{ cancelJob: { job: ShownJob } }>(
        `mutation ($id: ID!) { cancelJob(id: $id) { position job { ${jobFields} } } }`,
        { id },
      );
      return cancelJob.job;
    },
    job: async (id) =>
      (await client.request<{ job: ShownJob }>(`query ($id: ID!) { job(id: $id) { ${jobFields} } }`, { id }))
        .job,
    jobs: async () => {
      const { jobs } = await client.request<{ jobs: { edges: { node: ShownJob }[] } }>(
        `{ jobs(first: 100) { edges { node { ${jobFields} } } } }`,
      );
      return jobs.edges.map(({ node }) => node);
    },
    finishedJob: async (id) => {
      const { waitForJob } = await client.request<{ waitForJob: { finished: boolean; job: ShownJob } }>(
        `mutation ($id: ID!) { waitForJob(id: $id, timeoutSeconds: 60) { position finished job { ${jobFields} } } }`,
        { id },
      );
      if (!waitForJob.finished) throw new Error(`${id} is ${waitForJob.job.status} after a minute`);
      return waitForJob.job;
    },
    updates,
    lines,
    allLines: async (id) => {
      const all: ShownLine[] = [];
      for await (const line of lines(id)) all.push(line);
      return all;
    },
  };
}

/** The first thing that passes, after which nothing more is asked for; throws where there is none. */
export async function firstOf<Item>(
  items: AsyncIterable<Item>,
  passes: (item: Item) => boolean,
): Promise<Item> {
  for await (const item of items) if (passes(item)) return item;
  throw new Error('it ended, and nothing passed');
}

/** The value of a gauge without labels on `/metrics`. */
export async function gauge({ url }: Pick<Api, 'url'>, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`${url}/metrics has no ${name}`);
  return Number(line.slice(name.length + 1));
}
