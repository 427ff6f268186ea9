import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { openLeaderLease } from '../../../src/adapters/nats/leaderLease.ts';
import type { Nats } from '../../../src/adapters/nats/natsConnection.ts';
import { NatsConfigMismatchError } from '../../../src/adapters/nats/streams.ts';
import { leaderLeaseContract } from '../../contracts/leaderLease.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithNats } from '../../support/natsServer.ts';
import { countingMetrics, quietLogger } from '../../support/quietTelemetry.ts';
import { withNats } from './openedNats.ts';

const leaseMs = 600;

describeWithNats('a leader lease on NATS', () => {
  const { server, connect, defer } = withNats();

  const open = async (nats?: Nats) => {
    const lease = await openLeaderLease(nats ?? (await connect()), {
      clock: createSystemClock(),
      logger: quietLogger,
      metrics: countingMetrics(),
      leaseMs,
      node: 'a test',
    });
    defer(() => lease.close());
    return lease;
  };
  const untilAborted = async (signal: AbortSignal) => {
    if (!signal.aborted) await once(signal, 'abort');
  };
  const leaders = <One extends Readonly<{ leads: () => boolean }>>(
    standing: readonly One[],
  ): readonly One[] => standing.filter((one) => one.leads());

  leaderLeaseContract(async () => ({ lease: await open(), close: async () => undefined }));

  describe('among nodes', () => {
    it('lets one of them lead, and another at once when it stops', async () => {
      const leases = [await open(), await open(), await open()];
      const standing = leases.map((lease) => lease.lead('office', untilAborted));
      const [first] = await eventually(() => (leaders(standing).length > 0 ? leaders(standing) : undefined));
      expect(leaders(standing)).toEqual([first]);
      await first?.stop();
      const stoppedMs = performance.now();
      await eventually(() => leaders(standing).length === 1);
      expect(performance.now() - stoppedMs).toBeLessThan(leaseMs);
      expect(leaders(standing)).not.toContain(first);
    });

    it('lets no other lead while the one that stops is still at it', async () => {
      const [one, other] = [await open(), await open()];
      const finish = Promise.withResolvers<void>();
      const first = one.lead('office', async (signal) => {
        await untilAborted(signal);
        await finish.promise;
      });
      await eventually(() => first.leads());
      const second = other.lead('office', untilAborted);
      const stopped = first.stop();
      const stoppedMs = performance.now();
      // Longer than a lease: it is renewed meanwhile.
      await eventually(() => second.leads() || performance.now() - stoppedMs > 2 * leaseMs);
      expect(second.leads()).toBe(false);
      finish.resolve();
      await stopped;
      await eventually(() => second.leads());
    });

    it('ends the term of a leader that cannot renew it, before another may take it', async () => {
      const lease = await open();
      const lost = Promise.withResolvers<number>();
      const leadership = lease.lead('office', async (signal) => {
        await untilAborted(signal);
        lost.resolve(performance.now());
      });
      await eventually(() => leadership.leads());
      await server().pause();
      const pausedMs = performance.now();
      expect((await lost.promise) - pausedMs).toBeLessThan(leaseMs);
      expect(leadership.leads()).toBe(false);
      server().resume();
      await eventually(() => leadership.leads());
    });

    it('shows that it cannot be had while the server is away, and stops in a moment all the same', async () => {
      const leadership = (await open()).lead('office', untilAborted);
      await eventually(() => leadership.leads());
      await server().end('SIGKILL');
      await eventually(() => leadership.status().state === 'retrying');
      const startedMs = performance.now();
      await leadership.stop();
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    });

    it('leads no sooner than after a lease where the server has lost who led', async () => {
      const nats = await connect();
      const lease = await open(nats);
      const startedMs = performance.now();
      const leadership = lease.lead('office', untilAborted);
      await eventually(() => leadership.leads());
      expect(performance.now() - startedMs).toBeGreaterThan(leaseMs);
    });

    it('refuses a bucket that is no bucket of leaders', async () => {
      const nats = await connect();
      const name = 'KV_oneoff_leader';
      await nats.manager.streams.add({
        name,
        subjects: ['$KV.oneoff_leader.>'],
        max_msgs_per_subject: 5,
      });
      await expect(open(nats)).rejects.toThrow(NatsConfigMismatchError);
    });
  });

  describe('among processes', () => {
    /** A node in a process of its own, with every act that it told of. */
    const startNode = async () => {
      const script = join(import.meta.dirname, 'fixtures/leaderNode.ts');
      const args = [script, server().url, 'oneoff', String(leaseMs)];
      const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      defer(async () => {
        child.kill('SIGKILL');
        await exited;
      });
      const acts: Readonly<{ term: string; atMs: number }>[] = [];
      const stands = Promise.withResolvers<void>();
      const { stdout } = child;
      if (stdout === null) throw new Error('no output');
      createInterface({ input: stdout }).on('line', (line) => {
        const [what, term, atMs] = line.split(' ');
        if (what === 'stands') stands.resolve();
        if (what === 'acts') acts.push({ term: `${child.pid}/${term}`, atMs: Number(atMs) });
      });
      await stands.promise;
      return { acts, send: (signal: NodeJS.Signals) => child.kill(signal) };
    };
    type Node = Awaited<ReturnType<typeof startNode>>;
    const nowMs = () => Number(process.hrtime.bigint() / 1000n) / 1000;
    /** The node that acts after `afterMs`. */
    const leaderAfter = (nodes: readonly Node[], afterMs: number) =>
      eventually(() => nodes.find(({ acts }) => (acts.at(-1)?.atMs ?? 0) > afterMs));
    /** From the first act of each term to its last, in order. */
    const terms = (nodes: readonly Node[]) => {
      const acts = nodes.flatMap((node) => node.acts);
      const names = [...new Set(acts.map(({ term }) => term))];
      const spans = names.map((name) => {
        const times = acts.filter(({ term }) => term === name).map(({ atMs }) => atMs);
        return { fromMs: Math.min(...times), toMs: Math.max(...times) };
      });
      return spans.sort((one, other) => one.fromMs - other.fromMs);
    };
    const overlaps = (nodes: readonly Node[]) =>
      terms(nodes).filter(({ fromMs }, index, all) => index > 0 && fromMs <= (all[index - 1]?.toMs ?? 0));

    it('lets another lead within a lease and a second after the leader was killed', async () => {
      const nodes = [await startNode(), await startNode()];
      const first = await leaderAfter(nodes, 0);
      first.send('SIGKILL');
      const killedMs = nowMs();
      const others = nodes.filter((node) => node !== first);
      await leaderAfter(others, killedMs);
      const [, second] = terms(nodes);
      expect((second?.fromMs ?? Number.POSITIVE_INFINITY) - killedMs).toBeLessThan(leaseMs + 1_000);
      expect(overlaps(nodes)).toEqual([]);
    });

    it('lets a leader that was held up act no more when it wakes', async () => {
      const nodes = [await startNode(), await startNode()];
      const first = await leaderAfter(nodes, 0);
      for (let round = 0; round < 3; round += 1) {
        const leader = await leaderAfter(nodes, nowMs());
        leader.send('SIGSTOP');
        const stoppedMs = nowMs();
        await leaderAfter(
          nodes.filter((node) => node !== leader),
          stoppedMs,
        );
        leader.send('SIGCONT');
        await leaderAfter(nodes, nowMs() + 100);
      }
      expect(first.acts.length).toBeGreaterThan(0);
      expect(terms(nodes).length).toBeGreaterThan(3);
      expect(overlaps(nodes)).toEqual([]);
    });

    it('lets one lead again after each restart of the server, and never two', async () => {
      const nodes = [await startNode(), await startNode(), await startNode()];
      await leaderAfter(nodes, 0);
      for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
        await server().end(signal);
        await server().start();
        await leaderAfter(nodes, nowMs() + leaseMs);
      }
      await server().pause();
      const pausedMs = nowMs();
      await eventually(() => nowMs() > pausedMs + 2 * leaseMs);
      server().resume();
      await leaderAfter(nodes, nowMs() + leaseMs);
      expect(overlaps(nodes)).toEqual([]);
    });
  });
});
