import type { ServiceId } from '../domain/ids.ts';
import type { ApiClient } from './apiClient.ts';

export type SampleOptions = Readonly<{
  client: ApiClient;
  image: string;
  print: (line: string) => void;
}>;

const startCommand = [
  'echo "Hello from $ONEOFF_JOB_ID"',
  'for step in 1 2 3; do echo "step $step of 3"; sleep 0.4; done',
  'echo "done: this is where your migration would have run"',
].join('\n');

type Build = Readonly<{ id: string; status: 'PENDING' | 'SUCCEEDED' | 'FAILED'; message: string | null }>;
type JobShown = Readonly<{
  status: string;
  isolationNote: string | null;
  runMs: number;
  outcome: Readonly<{ summary: string }> | null;
  cost: Readonly<{ amount: string; currency: string }>;
}>;

/** Makes the sample service and runs one job of it through the API, and prints what happens as it happens. Throws what the API answers. */
export async function runSample(options: SampleOptions): Promise<void> {
  const { client, image, print } = options;
  print(`Sample: a service from the image ${image}, which is looked for and pulled if it is absent …`);
  const serviceId = await createSampleService(client, image);
  const build = await buildResult(client, serviceId);
  if (build.status !== 'SUCCEEDED') {
    print(`  The sample did not run. ${build.message}`);
    print(
      '  Jobs run in containers. Name an image that the engine has or can pull when you create a service.',
    );
    return;
  }
  const { createJob } = await client.request<{ createJob: { job: { id: string } } }>(
    'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
    { input: { serviceId, startCommand, timeoutSeconds: 60 } },
  );
  print(`  ${createJob.job.id} of ${serviceId}`);
  await Promise.all([
    printLogs(client, createJob.job.id, print),
    printStatus(client, createJob.job.id, print),
  ]);
}

async function createSampleService(client: ApiClient, image: string): Promise<ServiceId> {
  const { createService } = await client.request<{ createService: { service: { id: ServiceId } } }>(
    'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } } }',
    {
      input: {
        name: 'sample',
        type: 'BACKGROUND_WORKER',
        planId: 'plan-srv-006',
        image,
        idempotencyKey: 'sample',
      },
    },
  );
  return createService.service.id;
}

/** Answers once the service's newest build has a result, watching the workspace's events rather than asking again and again. */
async function buildResult(client: ApiClient, serviceId: ServiceId): Promise<Build> {
  const events = client.subscribe(
    'subscription ($id: ID!) { events(filter: { subjectId: $id }) { position } }',
    {
      id: serviceId,
    },
  );
  for await (const _ of events) {
    const { service: found } = await client.request<{ service: { builds: readonly Build[] } }>(
      'query ($id: ID!) { service(id: $id) { builds { id status message } } }',
      { id: serviceId },
    );
    const newest = found.builds[0];
    if (newest !== undefined && newest.status !== 'PENDING') return newest;
  }
  throw new Error('the server went away');
}

async function printLogs(client: ApiClient, jobId: string, print: (line: string) => void): Promise<void> {
  const batches = client.subscribe<{ jobLogs: { lines: readonly { text: string }[] } }>(
    'subscription ($jobId: ID!) { jobLogs(jobId: $jobId) { lines { text } } }',
    { jobId },
  );
  for await (const { jobLogs } of batches) for (const { text } of jobLogs.lines) print(`  | ${text}`);
}

async function printStatus(client: ApiClient, jobId: string, print: (line: string) => void): Promise<void> {
  const updates = client.subscribe<{ jobUpdated: { job: JobShown } }>(
    `subscription ($id: ID!) {
      jobUpdated(id: $id) { job { status isolationNote runMs outcome { summary } cost { amount currency } } }
    }`,
    { id: jobId },
  );
  let shown = '';
  for await (const { jobUpdated } of updates) {
    const { status, isolationNote, runMs, outcome, cost } = jobUpdated.job;
    if (status === shown) continue;
    shown = status;
    if (outcome === null) print(`  ${status}`);
    else {
      print(`  ${status} after ${(runMs / 1000).toFixed(3)} s, cost ${cost.amount} ${cost.currency}`);
      if (status !== 'SUCCEEDED') print(`  ${outcome.summary}`);
      if (isolationNote !== null) print(`  ${isolationNote}`);
    }
  }
}
