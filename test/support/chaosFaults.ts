import { setTimeout as pass } from 'node:timers/promises';
import { assertNever } from '../../src/domain/assertNever.ts';
import type { Fault } from './chaosPlan.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import type { CutProxy } from './cutProxy.ts';

type Network = Pick<CutProxy, 'cut' | 'refuse' | 'heal'>;

/** What a fault happens to. */
type Part = Readonly<{
  name: string;
  start: () => Promise<void>;
  end: (signal: NodeJS.Signals) => Promise<unknown>;
  pause: () => Promise<void>;
  resume: () => void | Promise<void>;
  networks: readonly Network[];
}>;

/** A stretch of time, by this machine's clock, as that of all nodes is. */
export type Stretch = Readonly<{ fromMs: number; toMs: number }>;

/** A fault that happened; `part` is the node's name, or the server's. It is over when what was away is ready again. */
export type InflictedFault = Fault & Stretch & Readonly<{ part: string }>;

/** Brings the fault about, lets it last, and ends it. */
export async function inflict(cluster: Cluster, fault: Fault): Promise<InflictedFault> {
  const part = await partFor(cluster, fault);
  const fromMs = Date.now();
  const end = await begin(fault, part);
  await pass(fault.lengthMs);
  await end();
  return { ...fault, part: part.name, fromMs, toMs: Date.now() };
}

/** Answers what ends it. */
async function begin({ kind }: Fault, part: Part): Promise<() => Promise<unknown>> {
  const heal = () => Promise.all(part.networks.map((network) => network.heal()));
  switch (kind) {
    case 'kill':
      await part.end('SIGKILL');
      return part.start;
    case 'stop':
      await part.pause();
      return async () => part.resume();
    case 'cut':
      for (const network of part.networks) network.cut();
      return heal;
    case 'refuse':
      await Promise.all(part.networks.map((network) => network.refuse()));
      return heal;
    default:
      return assertNever(kind);
  }
}

async function partFor(cluster: Cluster, { target, choice, servers }: Fault): Promise<Part> {
  const { nodes, withRole } = cluster;
  switch (target) {
    case 'nats':
    case 'eventStore':
      return { ...cluster[target], name: target, networks: nodes.map((node) => node.network(target)) };
    case 'runner':
      return nodePart(withRole('runner')[Math.floor(choice * withRole('runner').length)], servers);
    case 'leader':
      return nodePart(await cluster.leader(), servers);
    case 'api': {
      const leader = await cluster.leader();
      return nodePart(
        withRole('api').find((node) => node !== leader),
        servers,
      );
    }
    default:
      return assertNever(target);
  }
}

function nodePart(node: ClusterNode | undefined, servers: Fault['servers']): Part {
  if (node === undefined) throw new Error('got no node, wanted two API nodes and two runners');
  return { ...node, networks: servers.map((server) => node.network(server)) };
}

/** A client of NATS that lost its connection, or a process that has just started, is in touch again so long after the fault's end. */
const reconnectMs = 2_500;

/**
 * When a runner may have lost its lease: it, or NATS, was away for half of it without a moment between two faults to renew it. A runner
 * counts its lease as held for two thirds of its length from the last renewal, which may be a sixth old when the fault begins.
 */
export function stretchesWithoutLease(
  faults: readonly InflictedFault[],
  runner: string,
  leaseMs: number,
): readonly Stretch[] {
  const merged: Stretch[] = [];
  for (const fault of faults.filter((one) => keepsFromNats(one, runner))) {
    const { fromMs, toMs } = { ...fault, toMs: fault.toMs + reconnectMs };
    const last = merged.at(-1);
    if (last !== undefined && fromMs <= last.toMs) merged[merged.length - 1] = { fromMs: last.fromMs, toMs };
    else merged.push({ fromMs, toMs });
  }
  return merged.filter(({ fromMs, toMs }) => toMs - fromMs >= leaseMs / 2);
}

function keepsFromNats({ target, part, kind, servers }: InflictedFault, runner: string): boolean {
  if (target === 'nats') return true;
  return part === runner && (kind === 'kill' || kind === 'stop' || servers.includes('nats'));
}
