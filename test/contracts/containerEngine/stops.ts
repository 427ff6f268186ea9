import { expect, it } from 'vitest';
import { EngineUnavailableError } from '../../../src/ports/containerEngine.ts';
import { begin, never, opened, readOutput, specFor, untilPrinted } from './openedEngine.ts';

const ample = 20_000;

export function stopRules(): void {
  it('ends a command that does nothing about TERM, long before the grace is over', async () => {
    const { engine } = opened();
    const containerId = await begin('echo up; sleep 60');
    await untilPrinted(engine, containerId, 'up');
    const startMs = performance.now();
    await engine.stop(containerId, ample);
    expect(performance.now() - startMs).toBeLessThan(ample / 2);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'exited', exit: { exitCode: 143 } });
  });

  it('ends a command that has only just been started', async () => {
    const { engine } = opened();
    const containerId = await begin('sleep 60');
    const startMs = performance.now();
    await engine.stop(containerId, ample);
    expect(performance.now() - startMs).toBeLessThan(ample / 2);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'exited' });
  });

  it('keeps what is printed while stopping, and the exit code that follows', async () => {
    const { engine } = opened();
    const containerId = await begin(
      'trap "echo stopping; sleep 0.3; echo stopped; exit 9" TERM; echo up; while :; do sleep 0.1; done',
    );
    await untilPrinted(engine, containerId, 'up');
    await engine.stop(containerId, ample);
    expect(await engine.wait(containerId, never)).toMatchObject({ exitCode: 9 });
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('up\nstopping\nstopped\n');
  });

  it('sends TERM to children and grandchildren, and waits for them', async () => {
    const { engine } = opened();
    const child = 'trap "sleep 0.3; echo grandchild; exit" TERM; echo ready; while :; do sleep 0.1; done';
    const containerId = await begin(`sh -c 'sh -c "$0" & sleep 60' '${child}' & sleep 60`);
    await untilPrinted(engine, containerId, 'ready');
    await engine.stop(containerId, ample);
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('ready\ngrandchild\n');
  });

  it('sends each process one TERM', async () => {
    const { engine } = opened();
    const containerId = await begin(
      'n=0; trap "n=$((n+1)); echo term" TERM; echo up; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 0.1; done',
    );
    await untilPrinted(engine, containerId, 'up');
    await engine.stop(containerId, ample);
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('up\nterm\n');
  });

  it('kills what is left when the grace is over', async () => {
    const { engine } = opened();
    const deaf = 'echo deaf; while :; do sleep 0.1; done';
    const containerId = await begin(`trap "" TERM; sh -c '${deaf}' & ${deaf}`);
    await untilPrinted(engine, containerId, 'deaf\ndeaf');
    const startMs = performance.now();
    await engine.stop(containerId, 700);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(690);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'exited', exit: { exitCode: 137 } });
  });

  it('gives up a grace that is under way when the engine is closed, and the command goes on', async () => {
    const { engine, reopen } = opened();
    const containerId = await begin('trap "echo term" TERM; echo up; while :; do sleep 0.1; done');
    await untilPrinted(engine, containerId, 'up');
    const second = await reopen();
    const stopping = second.stop(containerId, 600_000).catch((error: unknown) => error);
    await untilPrinted(engine, containerId, 'term');
    await second.close();
    expect(await stopping).toBeInstanceOf(EngineUnavailableError);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'running' });
  });

  it('kills at once without a grace', async () => {
    const { engine } = opened();
    const containerId = await begin('trap "echo term" TERM; echo up; while :; do sleep 0.1; done');
    await untilPrinted(engine, containerId, 'up');
    await engine.stop(containerId, 0);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'exited', exit: { exitCode: 137 } });
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('up\n');
  });

  it('leaves nothing that goes on writing', async () => {
    const { engine } = opened();
    const writer = 'trap "" TERM; echo up; while :; do echo tick; sleep 0.02; done';
    const containerId = await begin(`sh -c '${writer}' & sleep 60`);
    await untilPrinted(engine, containerId, 'tick');
    await engine.stop(containerId, 200);
    const afterStop = await readOutput(engine, containerId);
    for (let reading = 0; reading < 10; reading += 1) {
      expect(await readOutput(engine, containerId)).toEqual(afterStop);
    }
  });

  it('is done already where nothing runs', async () => {
    const { engine } = opened();
    const created = await engine.create(await specFor('true'), never);
    await engine.stop(created, ample);
    expect(await engine.inspect(created)).toEqual({ status: 'created' });
    const containerId = await begin('exit 3');
    const exit = await engine.wait(containerId, never);
    await engine.stop(containerId, ample);
    expect(await engine.wait(containerId, never)).toEqual(exit);
  });

  it('can be asked for twice at once', async () => {
    const { engine } = opened();
    const containerId = await begin('echo up; sleep 60');
    await untilPrinted(engine, containerId, 'up');
    await Promise.all([engine.stop(containerId, ample), engine.stop(containerId, ample)]);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'exited' });
  });

  it('cuts a grace that is under way when it is asked for with a shorter one', async () => {
    const { engine } = opened();
    const containerId = await begin('trap "echo told" TERM; echo up; while :; do sleep 0.1; done');
    await untilPrinted(engine, containerId, 'up');
    const startMs = performance.now();
    const patient = engine.stop(containerId, 600_000);
    await untilPrinted(engine, containerId, 'told');
    await Promise.all([patient, engine.stop(containerId, 300)]);
    expect(performance.now() - startMs).toBeLessThan(ample / 2);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'exited', exit: { exitCode: 137 } });
  });

  it('answers a wait that was there before', async () => {
    const { engine } = opened();
    const containerId = await begin('echo up; sleep 60');
    const waiting = engine.wait(containerId, never);
    await untilPrinted(engine, containerId, 'up');
    await engine.stop(containerId, ample);
    expect(await waiting).toMatchObject({ exitCode: 143 });
  });
}
