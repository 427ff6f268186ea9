import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { checkStored, turnFolder } from '../create/target.ts';
import { type Bench, type BenchContext, judge } from '../support/benchmark.ts';
import { connections, type Load, load } from '../support/load.ts';
import { createService, type OneoffServer } from '../support/oneoffServer.ts';
import { benchFolder } from '../support/places.ts';
import { runToEnd } from '../support/runToEnd.ts';
import { median, withSpread } from '../support/statistics.ts';
import { eventStoreLine, hasRealEventStore, type Installation, startInstallation } from './installation.ts';
import { storedEvents } from './storedEvents.ts';

const id = 'create-vs-appends';
const mutation =
  'mutation Create($input: CreateJobInput!) { createJob(input: $input) { job { id status } } }';

type Turn = (installation: Installation, context: BenchContext) => Promise<Measured>;
type Measured = Readonly<{ loads: readonly Counted[]; perSecond: number; underWay: number }>;
type Counted = Readonly<{ requests: number }>;

/** An API node takes a core, and as much goes to the event store, NATS and the load. */
const apiNodes = Math.max(1, Math.floor(availableParallelism() / 2));

/**
 * Jobs created over HTTP, durable in the event store when answered, in a second / appends of the same event by the bare client, as many at
 * once in all. Without a key, as one creation is one append then. The nodes project the jobs beside, and the first dispatches them; no runner
 * takes them.
 */
export const appendsBench: Bench = {
  ids: [id],
  run: async (_wanted, context) => {
    const { settings, print } = context;
    const rounds = settings.short || settings.profile ? 1 : 5;
    print(eventStoreLine);
    print(`  API nodes: ${apiNodes}`);
    const rates: Readonly<Record<'oneoff' | 'client', number[]>> = { oneoff: [], client: [] };
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of round % 2 === 0
        ? (['client', 'oneoff'] as const)
        : (['oneoff', 'client'] as const)) {
        const perSecond = await takeTurn(name, round, context);
        rates[name].push(perSecond);
        print(`  round ${round}: ${name.padEnd(6)} ${perSecond.toFixed(0)}/s`);
      }
    }
    const ratios = rates.oneoff.map((rate, round) => rate / (rates.client[round] ?? Number.NaN));
    print(
      `  ${id}: ${withSpread(ratios, 'times')}${hasRealEventStore ? '' : '; judged with a real event store only'}`,
    );
    const figures = { ours: median(rates.oneoff), peer: median(rates.client), ratio: median(ratios) };
    return [judge({ id, ...figures, unit: 'appends/s' }, { atLeast: 0.8 }, settings, hasRealEventStore)];
  },
};

const turns: Readonly<Record<'oneoff' | 'client', Turn>> = { oneoff: createJobs, client: appendBare };

/** On an installation of its own, started new and ended; throws unless what was answered is in the event store. */
async function takeTurn(name: keyof typeof turns, round: number, context: BenchContext): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const folder = turnFolder(context.folder, name, round);
  const installation = await startInstallation({ folder, closing });
  const { loads, perSecond, underWay } = await turns[name](installation, context);
  let stored = 0;
  for await (const _event of storedEvents(installation, ['JobCreated'])) stored += 1;
  checkStored(name, stored, loads, underWay);
  return perSecond;
}

function secondsOf({ settings: { short } }: BenchContext): readonly [warmUp: number, measured: number] {
  return short ? [1, 1] : [10, 6];
}

async function createJobs({ startNode }: Installation, context: BenchContext): Promise<Measured> {
  const { settings, folder } = context;
  const nodes: OneoffServer[] = [];
  for (let index = 0; index < apiNodes; index += 1) {
    const node = await startNode({
      name: `api${index}`,
      roles: index === 0 ? ['api', 'processes'] : ['api'],
      profileFolder: settings.profile && index === 0 ? folder : undefined,
    });
    nodes.push(node);
  }
  const [first] = nodes;
  if (first === undefined) throw new Error('no API node');
  const input = { serviceId: await createService(first), startCommand: 'echo hello' };
  const body = JSON.stringify({ query: mutation, variables: { input } });
  const createFor = (seconds: number): Promise<readonly Load[]> =>
    Promise.all(
      nodes.map(({ url, token }) =>
        load({ url, authorization: `Bearer ${token}`, body }, seconds, Math.ceil(connections / apiNodes)),
      ),
    );
  const [warmUpSeconds, seconds] = secondsOf(context);
  const warmUp = await createFor(warmUpSeconds);
  const measured = await createFor(seconds);
  for (const node of nodes) await node.stop();
  const perSecond = measured.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0);
  return { loads: [...warmUp, ...measured], perSecond, underWay: connections };
}

async function appendBare(
  { connectionString, streamPrefix }: Installation,
  context: BenchContext,
): Promise<Measured> {
  const script = join(benchFolder, 'distributed', 'bareAppends.ts');
  const numbers = [connections, ...secondsOf(context)].map(String);
  const output = await runToEnd(process.execPath, [script, connectionString, streamPrefix, ...numbers]);
  const { warmUp, measured } = JSON.parse(output) as Record<
    'warmUp' | 'measured',
    Counted & { seconds: number }
  >;
  return { loads: [warmUp, measured], perSecond: measured.requests / measured.seconds, underWay: 0 };
}
