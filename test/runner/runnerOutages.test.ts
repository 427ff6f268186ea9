import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSecretBox } from '../../src/adapters/local/secretBox.ts';
import { type ContainerEngine, EngineUnavailableError } from '../../src/ports/containerEngine.ts';
import { type LogStore, LogStoreUnavailableError } from '../../src/ports/logStore.ts';
import { eventually } from '../support/eventually.ts';
import { type RunnerHarness, runnerHarness } from '../support/runnerHarness.ts';
import { runnerId } from '../support/samples.ts';

let harness: RunnerHarness;
beforeEach(async () => {
  harness = await runnerHarness();
});
afterEach(() => harness.close());

/** An engine that can be made to be away: calls then take `lateMs` to fail. */
function engineWithOutages(engine: ContainerEngine, lateMs = 0) {
  let isAway = false;
  let drop = Promise.withResolvers<never>();
  const reach = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (!isAway) return Promise.race([call(), drop.promise]);
    await new Promise((resolve) => setTimeout(resolve, lateMs));
    throw new EngineUnavailableError('nobody answers');
  };
  const away: ContainerEngine = {
    ...engine,
    reachable: async () => !isAway,
    create: (spec, signal) => reach(() => engine.create(spec, signal)),
    start: (id) => reach(() => engine.start(id)),
    inspect: (id) => reach(() => engine.inspect(id)),
    wait: (id, signal) => reach(() => engine.wait(id, signal)),
    stop: (id, graceMs) => reach(() => engine.stop(id, graceMs)),
    remove: (id) => reach(() => engine.remove(id)),
    list: () => reach(() => engine.list()),
  };
  const goAway = () => {
    isAway = true;
    drop.promise.catch(() => undefined);
    drop.reject(new EngineUnavailableError('the line dropped'));
    drop = Promise.withResolvers<never>();
  };
  const comeBack = () => {
    isAway = false;
  };
  return { engine: away, goAway, comeBack };
}

describe('a runner whose engine does not answer', () => {
  it('ends a job as lost once the lease is over, though each call takes longer than that to fail', async () => {
    const { engine, start, createJob, printed, finished } = harness;
    const outages = engineWithOutages(engine, 1_200);
    const { offer } = start({ engine: outages.engine, leaseSeconds: 1, logDrainMs: 100 });
    const snapshot = await createJob('echo up; sleep 60');
    await offer(snapshot);
    await printed(snapshot, 'up');
    outages.goAway();
    expect((await finished(snapshot)).outcome).toEqual({
      kind: 'runnerLost',
      runnerId,
      cause: 'engineUnavailable',
    });
  });

  it('ends a job as lost whose start it had sent, for the command may run, and removes the container', async () => {
    const { engine, start, createJob, finished } = harness;
    const outages = engineWithOutages(engine);
    const startUnheard: ContainerEngine['start'] = async (containerId) => {
      const started = await engine.start(containerId);
      outages.goAway();
      return outages.engine.start(containerId).then(() => started);
    };
    const remove: ContainerEngine['remove'] = (containerId) => engine.remove(containerId);
    const { offer } = start({
      engine: { ...outages.engine, start: startUnheard, remove },
      leaseSeconds: 1,
      logDrainMs: 100,
    });
    const snapshot = await createJob('sleep 60');
    await offer(snapshot);
    expect((await finished(snapshot)).outcome).toEqual({
      kind: 'runnerLost',
      runnerId,
      cause: 'engineUnavailable',
    });
    await eventually(async () => (await engine.list()).length === 0);
  });

  it('follows a job through an outage that is shorter than the lease', async () => {
    const { engine, start, createJob, printed, finished } = harness;
    const outages = engineWithOutages(engine);
    const { offer } = start({ engine: outages.engine });
    const snapshot = await createJob('echo up; sleep 0.5; exit 4');
    await offer(snapshot);
    await printed(snapshot, 'up');
    outages.goAway();
    setTimeout(outages.comeBack, 700);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 4 });
  });

  it('claims no job for it, says so, and goes on when it is back', async () => {
    const { engine, start, createJob, load, finished } = harness;
    const outages = engineWithOutages(engine);
    const { offer, directory, queue } = start({
      engine: outages.engine,
      leaseSeconds: 1,
      announceEveryMs: 20,
    });
    const first = await createJob('true');
    await offer(first);
    await finished(first);
    outages.goAway();
    await eventually(async () => (await directory.list())[0]?.engines[0]?.answers === false);
    const second = await createJob('true');
    await offer(second);
    expect((await queue.depth()).waiting).toBe(1);
    expect((await load(second)).attempts).toEqual([]);
    outages.comeBack();
    expect((await finished(second)).outcome).toEqual({ kind: 'succeeded' });
  });

  it('does not let a container that cannot be removed keep other jobs waiting', async () => {
    const { engine, start, createJob, printed, loseRunner, finished } = harness;
    const stuck = await createJob('echo up; sleep 60');
    const first = start();
    await first.offer(stuck);
    await printed(stuck, 'up');
    await first.runner.stop();
    await loseRunner(stuck);
    const remove = async (containerId: string) => {
      if (containerId.includes(stuck.jobId)) throw new EngineUnavailableError('device or resource busy');
      await engine.remove(containerId);
    };
    const { offer } = start({ engine: { ...engine, remove } });
    const snapshot = await createJob('true');
    await offer(snapshot);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'succeeded' });
  });
});

describe('a runner whose log store does not answer', () => {
  it('ends its jobs all the same', async () => {
    const { stores, start, createJob, finished } = harness;
    const append: LogStore['append'] = async () => {
      throw new LogStoreUnavailableError('no room');
    };
    const { offer, held } = start({ logs: { ...stores.logs, append }, leaseSeconds: 1, logDrainMs: 100 });
    const snapshot = await createJob('echo lost; exit 5');
    await offer(snapshot);
    expect((await finished(snapshot)).outcome).toEqual({ kind: 'exited', exitCode: 5 });
    await eventually(() => held() === 0);
  });
});

describe('a runner with another key than the one before it', () => {
  it('ends a job that runs, since it could not clear its log of secrets', async () => {
    const { folder, engine, stores, start, createJob, printed, finished } = harness;
    const sealedValue = stores.secrets.seal('hunter2', 'PASSWORD');
    const environment = [{ kind: 'secret', key: 'PASSWORD', sealedValue }] as const;
    const snapshot = await createJob(`echo up; sleep 2; echo $PASSWORD > ${folder}/ran`, { environment });
    const first = start();
    await first.offer(snapshot);
    await printed(snapshot, 'up');
    await first.runner.stop();
    start({ secrets: createSecretBox(randomBytes(32)) });
    expect((await finished(snapshot)).outcome).toEqual({
      kind: 'runnerLost',
      runnerId,
      cause: 'secretsUnreadable',
    });
    await eventually(async () => (await engine.list()).length === 0);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});
