import { Queue } from 'bullmq';
import { makeWorkerUtils } from 'graphile-worker';
import { Pool } from 'pg';
import { PgBoss } from 'pg-boss';

export type JobInput = Readonly<{ serviceId: string; startCommand: string; idempotencyKey: string }>;

/** A queue as its users call it to enqueue a job: no worker runs, as no runner does on our side. */
export type Enqueuer = Readonly<{
  enqueue: (input: JobInput) => Promise<string>;
  /** How many jobs it keeps. */
  stored: () => Promise<number>;
}>;

const queueName = 'bench';

/** The queue of this name on the server that listens in `place`: PostgreSQL's folder of sockets, or Redis's socket. */
export async function createEnqueuer(name: string, place: string): Promise<Enqueuer> {
  switch (name) {
    case 'pgboss':
      return pgBoss(place);
    case 'graphile':
      return graphileWorker(place);
    case 'bullmq':
      return bullMq(place);
    default:
      throw new Error(`got the queue ${name}, wanted pgboss, graphile or bullmq`);
  }
}

async function pgBoss(host: string): Promise<Enqueuer> {
  const boss = new PgBoss(database(host));
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(queueName);
  return {
    enqueue: async (input) => {
      const id = await boss.send(queueName, input);
      if (id === null) throw new Error('pg-boss made no job');
      return id;
    },
    stored: counter(host, `SELECT count(*)::int AS jobs FROM pgboss.job WHERE name = '${queueName}'`),
  };
}

async function graphileWorker(host: string): Promise<Enqueuer> {
  const utilities = await makeWorkerUtils({ pgPool: new Pool(database(host)) });
  await utilities.migrate();
  return {
    enqueue: async (input) => (await utilities.addJob(queueName, input)).id,
    stored: counter(host, 'SELECT count(*)::int AS jobs FROM graphile_worker.jobs'),
  };
}

async function bullMq(path: string): Promise<Enqueuer> {
  const queue = new Queue(queueName, { connection: { path } });
  await queue.waitUntilReady();
  return {
    enqueue: async (input) => {
      const { id } = await queue.add('job', input);
      if (id === undefined) throw new Error('BullMQ made no job');
      return id;
    },
    stored: () => queue.getWaitingCount(),
  };
}

function database(host: string) {
  return { host, user: 'bench', database: 'postgres' };
}

function counter(host: string, query: string): () => Promise<number> {
  const pool = new Pool({ ...database(host), max: 1 });
  return async () => Number((await pool.query(query)).rows[0]?.jobs);
}
