/*
 * Our own server with a bare schema in place of ours: a mutation that does nothing, or one that enqueues a job elsewhere.
 * Arguments: `noop`, or the name of a queue and the place of its server.
 */
import { makeExecutableSchema } from '@graphql-tools/schema';
import { createPinoLogger } from '../../../src/adapters/pino/logger.ts';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus/metrics.ts';
import type { ApiServices } from '../../../src/api/context.ts';
import { createApiServer } from '../../../src/api/server/createApiServer.ts';
import { readConfig } from '../../../src/config.ts';
import { createEnqueuer, type JobInput } from './enqueuers.ts';

const [name = 'noop', place = ''] = process.argv.slice(2);
const config = readConfig({});
const logger = createPinoLogger({ level: config.logLevel, format: 'json', destination: process.stderr });
const services = {
  commands: { clock: { nowMs: Date.now } },
  models: { token: () => undefined },
  // Its clients have no token, as those of Express have none.
  limits: { ...config, publicSchema: 'yes' },
  version: 'bare',
  logger,
  metrics: createPrometheusMetrics({ logger }),
};
const server = await createApiServer({
  ...config,
  port: 0,
  health: () => ({ caughtUp: true, loops: [] }),
  webFolder: '/nonexistent',
  schema: name === 'noop' ? noopSchema() : await enqueuingSchema(),
  // The edge touches no other part of them.
  services: services as unknown as ApiServices,
});
const { url } = await server.listen();
console.log(`listening at ${url}`);
process.once('SIGTERM', () => process.exit(0));

function noopSchema() {
  let answered = 0;
  return makeExecutableSchema({
    typeDefs: 'type Query { stored: Int! } type Mutation { noop: Boolean! }',
    resolvers: {
      Query: { stored: () => answered },
      Mutation: {
        noop: () => {
          answered += 1;
          return true;
        },
      },
    },
  });
}

async function enqueuingSchema() {
  const { enqueue, stored } = await createEnqueuer(name, place);
  return makeExecutableSchema({
    typeDefs: `
      type Query { stored: Int! }
      type Mutation { enqueue(input: EnqueueInput!): Job! }
      type Job { id: ID! }
      input EnqueueInput { serviceId: ID!  startCommand: String!  idempotencyKey: String! }
    `,
    resolvers: {
      Query: { stored },
      Mutation: {
        enqueue: async (_root: unknown, { input }: { input: JobInput }) => ({ id: await enqueue(input) }),
      },
    },
  });
}
