import { once } from 'node:events';
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { type JobControlOptions, openJobControl } from '../../../src/adapters/nats/jobControl.ts';
import type { Nats } from '../../../src/adapters/nats/natsConnection.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import { JobControlUnavailableError } from '../../../src/ports/jobControl.ts';
import { jobControlContract } from '../../contracts/jobControl.ts';
import { eventually } from '../../support/eventually.ts';
import { describeWithNats } from '../../support/natsServer.ts';
import { withNats } from './openedNats.ts';

const jobs: readonly JobId[] = ['job-1', 'job-2', 'job-3'];

describeWithNats('on NATS', () => {
  const { server, connect, defer } = withNats();

  const open = async (nats?: Nats, options: JobControlOptions = {}) => {
    const control = await openJobControl(nats ?? (await connect()), { lookEveryMs: 60_000, ...options });
    defer(() => control.close());
    const heard: JobId[] = [];
    control.onCancelRequested((jobId) => heard.push(jobId));
    return { ...control, heard };
  };

  jobControlContract(async () => ({ control: await open(), close: async () => undefined }));

  it('tells every node of what any node asks', async () => {
    const [asking, one, other] = [await open(), await open(), await open()];
    for (const job of jobs) await asking.requestCancel(job);
    await eventually(() => one.heard.length === 3 && other.heard.length === 3);
    expect([one.heard, other.heard]).toEqual([jobs, jobs]);
  });

  it('tells a node that was cut off of what was asked meanwhile, once each and in order', async () => {
    const cable = await layCable(server().url);
    defer(cable.cut);
    const [asking, away] = [await open(), await open(await connect({ servers: [cable.url] }))];
    await asking.requestCancel('job-0');
    await eventually(() => away.heard.length === 1);
    await cable.cut();
    for (const job of jobs) await asking.requestCancel(job);
    await cable.mend();
    await eventually(() => away.heard.length === 4);
    expect(away.heard).toEqual(['job-0', ...jobs]);
  });

  it('tells of a request whose hint was lost, at the next look', async () => {
    const nats = await connect();
    const listening = await open(undefined, { lookEveryMs: 20 });
    await nats.jetStream.publish('oneoff.cancels.job-1');
    await eventually(() => listening.heard.length === 1);
  });

  it('keeps requests over a restart of the server', async () => {
    const [asking, listening] = [await open(), await open()];
    await asking.requestCancel('job-1');
    await eventually(() => listening.heard.length === 1);
    await server().end('SIGKILL');
    await server().start();
    await eventually(() => asking.requestCancel('job-2').then(() => true));
    await eventually(() => listening.heard.includes('job-2'));
    expect(listening.heard).toEqual(['job-1', 'job-2']);
  });

  it('goes on where the server came back without the requests', async () => {
    const [nats, listening] = [await connect(), await open()];
    for (const job of jobs) await listening.requestCancel(job);
    await eventually(() => listening.heard.length === 3);
    await nats.manager.streams.delete('ONEOFF_CANCELS');
    await expect(listening.requestCancel('job-4')).rejects.toThrow(JobControlUnavailableError);
    await listening.requestCancel('job-5');
    await eventually(() => listening.heard.length === 4);
    expect(listening.heard).toEqual([...jobs, 'job-5']);
  });

  it('tells nothing of what was asked before it was opened, and keeps nothing for longer than it should', async () => {
    const asking = await open();
    await asking.requestCancel('job-1');
    const late = await open(undefined, { keepMs: 7_200_000 });
    await asking.requestCancel('job-2');
    await eventually(() => late.heard.length > 0);
    expect(late.heard).toEqual(['job-2']);
    const { config } = await (await connect()).manager.streams.info('ONEOFF_CANCELS');
    expect(config).toMatchObject({ max_age: 7_200_000 * 1e6, max_msgs: 100_000, max_msgs_per_subject: 1 });
  });

  it('passes over a request that names no job', async () => {
    const [nats, listening] = [await connect(), await open()];
    await nats.jetStream.publish('oneoff.cancels.everything');
    await listening.requestCancel('job-1');
    await eventually(() => listening.heard.length === 1);
    expect(listening.heard).toEqual(['job-1']);
  });

  it('says so when a request cannot be passed on', async () => {
    const control = await open();
    await server().pause();
    await expect(control.requestCancel('job-1')).rejects.toThrow(
      new JobControlUnavailableError('The request to cancel job-1 could not be passed on'),
    );
    server().resume();
  });
});

/** A way to the server that can be cut and mended. */
async function layCable(url: string) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const listen = async (at: number): Promise<Server> => {
    const opened = createServer((near) => {
      const far = connectTcp(Number(port), hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    }).listen(at, '127.0.0.1');
    await once(opened, 'listening');
    return opened;
  };
  let open: Server | undefined = await listen(0);
  const address = open.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `nats://127.0.0.1:${address.port}`,
    cut: async () => {
      open?.close();
      open = undefined;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    mend: async () => {
      open = await listen(address.port);
    },
  };
}
