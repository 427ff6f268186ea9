import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DomainError, notFound } from '../../domain/errors.ts';
import type { JobStatus } from '../../domain/job.ts';
import { EventStoreUnavailableError } from '../../ports/eventStore.ts';
import type { JobFilter, JobView } from '../../ports/readModels.ts';
import type { RequestContext } from '../context.ts';
import { cancelJob } from '../operations/cancelJob.ts';
import { type CreatedJob, type CreateJobInput, createJob, createJobInput } from '../operations/createJob.ts';
import { findJob } from '../operations/findJob.ts';
import { findService } from '../operations/findService.ts';
import { listJobs } from '../operations/listJobs.ts';
import { errorAnswers } from './errorResource.ts';
import { jobResource, jobStatuses, toJobResource } from './jobResource.ts';
import { between, cursor, instant, limit, oneOrMore } from './queryParameters.ts';
import { UnknownOutcomeError } from './restErrors.ts';
import { contextOf } from './restRequests.ts';

const tags = ['Jobs'];
const serviceParameters = z.strictObject({ serviceId: z.string() });
const jobParameters = z.strictObject({ serviceId: z.string(), jobId: z.string() });

const listQuery = z.strictObject({
  status: oneOrMore(jobStatuses).optional(),
  createdBefore: instant.optional(),
  createdAfter: instant.optional(),
  startedBefore: instant.optional(),
  startedAfter: instant.optional(),
  finishedBefore: instant.optional(),
  finishedAfter: instant.optional(),
  cursor,
  limit,
});

/** Beside Render's two fields, those that only oneoff has. */
const createBody = createJobInput.omit({ serviceId: true, idempotencyKey: true });

const createHeaders = z.object({
  'idempotency-key': z
    .string()
    .optional()
    .describe(
      'Makes a repeat harmless: the same key with the same body answers the same job. 1 to 255 characters.',
    ),
});

/** One-off jobs of a service. */
export const jobRoutes: FastifyPluginAsyncZod = async (server) => {
  server.route({
    method: 'GET',
    url: '/services/:serviceId/jobs',
    schema: {
      operationId: 'list-jobs',
      summary: 'List jobs',
      description: 'Jobs of a service, newest first. Scope `read`.',
      tags,
      params: serviceParameters,
      querystring: listQuery,
      response: {
        200: z
          .array(z.object({ job: jobResource, cursor: z.string() }))
          .describe(
            'A page. Asked for with the cursor of its last row, the next one; after the last, an empty one.',
          ),
        ...errorAnswers(400, 401, 403, 404, 503, 504),
      },
    },
    handler: async (request) => {
      const context = contextOf(request);
      const { cursor: after, limit: first, ...filter } = request.query;
      const { serviceId } = findService(context, request.params.serviceId);
      const wanted = { serviceIds: [serviceId], ...jobFilter(filter) };
      const { items } = listJobs(context, wanted, { first, after });
      return items.map(({ item, cursor: place }) => ({ job: toJobResource(item), cursor: place }));
    },
  });

  server.route({
    method: 'POST',
    url: '/services/:serviceId/jobs',
    schema: {
      operationId: 'create-job',
      summary: 'Create a job',
      description:
        'Runs a command with the service’s last successful build, its environment and its plan, as they are now. Scope `jobs:write`.',
      tags,
      params: serviceParameters,
      headers: createHeaders,
      body: createBody,
      response: {
        201: jobResource.describe('The job.'),
        ...errorAnswers(400, 401, 403, 404, 422, 429, 502, 503, 504),
      },
    },
    handler: async (request, reply) => {
      const { planId, ...body } = request.body;
      const idempotencyKey = request.headers['idempotency-key'] ?? null;
      // Clients send an empty plan for the service's own.
      const input = { ...body, planId: planId === '' ? null : planId, idempotencyKey };
      const { job } = await create(contextOf(request), { ...input, serviceId: request.params.serviceId });
      return reply.code(201).send(toJobResource(job));
    },
  });

  server.route({
    method: 'GET',
    url: '/services/:serviceId/jobs/:jobId',
    schema: {
      operationId: 'retrieve-job',
      summary: 'Retrieve a job',
      description: 'One job. Scope `read`.',
      tags,
      params: jobParameters,
      response: { 200: jobResource.describe('The job.'), ...errorAnswers(401, 403, 404, 503, 504) },
    },
    handler: async (request) => toJobResource(jobOf(contextOf(request), request.params)),
  });

  server.route({
    method: 'POST',
    url: '/services/:serviceId/jobs/:jobId/cancel',
    schema: {
      operationId: 'cancel-job',
      summary: 'Cancel a job',
      description:
        'Stops a job: its processes get TERM, and KILL after its grace period. A job that has finished is answered as it is. Scope `jobs:write`.',
      tags,
      params: jobParameters,
      response: { 200: jobResource.describe('The job.'), ...errorAnswers(401, 403, 404, 503, 504) },
    },
    handler: async (request) => {
      const context = contextOf(request);
      const job = jobOf(context, request.params);
      return toJobResource(await canceled(context, job));
    },
  });
};

function jobOf(
  context: RequestContext,
  { serviceId, jobId }: Readonly<{ serviceId: string; jobId: string }>,
): JobView {
  const job = findJob(context, jobId);
  if (job.snapshot.serviceId !== serviceId) throw notFound('job', jobId);
  return job;
}

/** Clients repeat a POST that is answered 503, so that is not said of one whose job may have been created. */
async function create(context: RequestContext, input: CreateJobInput): Promise<CreatedJob> {
  try {
    return await createJob(context, input);
  } catch (error) {
    const mayRepeat = (input.idempotencyKey ?? null) !== null;
    if (mayRepeat || !(error instanceof EventStoreUnavailableError)) throw error;
    throw new UnknownOutcomeError(
      'The event store did not answer, so the job may or may not have been created. Look at the list of jobs, or send an Idempotency-Key with each job to make repeats harmless.',
      { cause: error },
    );
  }
}

async function canceled(context: RequestContext, { snapshot: { jobId } }: JobView) {
  try {
    return (await cancelJob(context, { id: jobId })).job;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'JOB_FINISHED') return findJob(context, jobId);
    throw error;
  }
}

type FilterQuery = Omit<z.output<typeof listQuery>, 'cursor' | 'limit'>;

function jobFilter(query: FilterQuery): Omit<JobFilter, 'serviceIds'> {
  return {
    statuses: query.status?.map((status) => status.toUpperCase() as JobStatus),
    created: between(query.createdAfter, query.createdBefore),
    started: between(query.startedAfter, query.startedBefore),
    finished: between(query.finishedAfter, query.finishedBefore),
  };
}
