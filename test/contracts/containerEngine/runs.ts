import { expect, it } from 'vitest';
import { ContainerNotFoundError, ContainerStartError } from '../../../src/ports/containerEngine.ts';
import { begin, never, noSkip, opened, readOutput, run, specFor } from './openedEngine.ts';

const unknownId = 'oneoff-job-00000000000000000000-1';

/** create, start, wait, inspect, list and remove. */
export function runRules(): void {
  it.each([0, 1, 3, 126, 127, 255])('passes on the exit code %i', async (exitCode) => {
    const { exit } = await run(`exit ${exitCode}`);
    expect(exit).toMatchObject({ exitCode, oomKilled: false });
  });

  it('answers 128 and the signal for a command that a signal ended', async () => {
    expect((await run('kill -KILL $$')).exit).toMatchObject({ exitCode: 137, oomKilled: false });
  });

  it('keeps what the command writes to each of its streams apart', async () => {
    expect(await run('echo to out; echo to err >&2')).toMatchObject({
      stdout: 'to out\n',
      stderr: 'to err\n',
    });
  });

  it('adds nothing of its own to what the command writes', async () => {
    expect(await run('kill -KILL $$')).toMatchObject({ stdout: '', stderr: '' });
  });

  it('hands the start command to the shell as it is', async () => {
    const { stdout } = await run(`printf '%s\\n' "a  b" 'c"d' $((1+2)) "\\$x" é && echo "two
lines" # a comment`);
    expect(stdout).toBe('a  b\nc"d\n3\n$x\né\ntwo\nlines\n');
  });

  it('passes the environment, whatever is in its values', async () => {
    const environment = {
      QUOTES: `a'b"c\`d`,
      DOLLAR: '$HOME $(id) \\',
      LINES: 'first\nsecond\n',
      EQUALS: 'a=b=c',
      EMPTY: '',
      WIDE: 'žluťoučký 🐎',
    };
    const names = Object.keys(environment);
    const { stdout } = await run(`printf '%s|' ${names.map((name) => `"$${name}"`).join(' ')}`, environment);
    expect(stdout).toBe(`${Object.values(environment).join('|')}|`);
  });

  it('gives the command an empty standard input', async () => {
    expect(await run('cat; echo end')).toMatchObject({ stdout: 'end\n' });
  });

  it('runs nothing before the start', async () => {
    const { engine } = opened();
    const containerId = await engine.create(await specFor('echo ran'), never);
    expect(await engine.inspect(containerId)).toEqual({ status: 'created' });
  });

  it('tells of a container that runs, and of one that has exited', async () => {
    const { engine } = opened();
    const containerId = await engine.create(await specFor('sleep 0.3; exit 4'), never);
    const { startedAt } = await engine.start(containerId);
    expect(await engine.inspect(containerId)).toEqual({ status: 'running', startedAt });
    const exit = await engine.wait(containerId, never);
    expect(await engine.inspect(containerId)).toEqual({ status: 'exited', startedAt, exit });
    const ranMs = Date.parse(exit.finishedAt) - Date.parse(startedAt);
    expect(ranMs).toBeGreaterThanOrEqual(250);
    expect(ranMs).toBeLessThan(10_000);
    for (const instant of [startedAt, exit.finishedAt]) expect(new Date(instant).toISOString()).toBe(instant);
  });

  it('answers a wait after the exit at once, and the same', async () => {
    const { engine } = opened();
    const containerId = await begin('exit 5');
    const exit = await engine.wait(containerId, never);
    expect(await engine.wait(containerId, never)).toEqual(exit);
  });

  it('makes one container of many creates for one attempt', async () => {
    const { engine } = opened();
    const spec = await specFor('echo once');
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => engine.create(spec, never)));
    expect(new Set([...ids, await engine.create(spec, never)]).size).toBe(1);
    expect(await engine.list()).toHaveLength(1);
  });

  it('makes another container for another attempt', async () => {
    const { engine } = opened();
    const spec = await specFor('true');
    const first = await engine.create(spec, never);
    const second = await engine.create({ ...spec, attempt: 2 }, never);
    expect(new Set(await engine.list())).toEqual(
      new Set([
        { containerId: first, jobId: spec.jobId, attempt: 1 },
        { containerId: second, jobId: spec.jobId, attempt: 2 },
      ]),
    );
  });

  it('runs the command once, however often it is started', async () => {
    const { engine } = opened();
    const containerId = await engine.create(await specFor('echo ran'), never);
    const starts = await Promise.all([1, 2, 3, 4, 5].map(() => engine.start(containerId)));
    await engine.wait(containerId, never);
    const late = await engine.start(containerId);
    expect(new Set([...starts, late].map(({ startedAt }) => startedAt)).size).toBe(1);
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('ran\n');
  });

  it('does not wait for what the command leaves in the background', async () => {
    const { engine } = opened();
    const containerId = await begin('sleep 60 & echo left; exit 6');
    expect(await engine.wait(containerId, AbortSignal.timeout(10_000))).toMatchObject({ exitCode: 6 });
    expect(
      (await readOutput(engine, containerId, noSkip, AbortSignal.timeout(10_000))).stdout.toString(),
    ).toBe('left\n');
  });

  it('lets a wait be given up', async () => {
    const { engine } = opened();
    const containerId = await begin('sleep 60');
    const reason = new Error('given up');
    const controller = new AbortController();
    const waiting = engine.wait(containerId, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(engine.wait(containerId, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'running' });
  });

  it('is found again by a program that restarts', async () => {
    const { engine, reopen } = opened();
    const spec = await specFor('echo before; sleep 0.5; echo after; exit 7');
    const containerId = await engine.create(spec, never);
    const { startedAt } = await engine.start(containerId);
    const second = await reopen();
    expect(await second.list()).toEqual([{ containerId, jobId: spec.jobId, attempt: 1 }]);
    expect(await second.inspect(containerId)).toEqual({ status: 'running', startedAt });
    expect(await second.create(spec, never)).toBe(containerId);
    expect(await second.start(containerId)).toEqual({ startedAt });
    expect(await second.wait(containerId, never)).toMatchObject({ exitCode: 7 });
    expect((await readOutput(second, containerId)).stdout.toString()).toBe('before\nafter\n');
  });

  it('removes a container that runs, and one that is gone', async () => {
    const { engine } = opened();
    const containerId = await begin('sleep 60');
    await engine.remove(containerId);
    await expect(engine.inspect(containerId)).rejects.toThrow(ContainerNotFoundError);
    await engine.remove(containerId);
    await engine.remove(unknownId);
    expect(await engine.list()).toEqual([]);
  });

  it('says of an unknown container that there is none', async () => {
    const { engine } = opened();
    await expect(engine.inspect(unknownId)).rejects.toThrow(ContainerNotFoundError);
    await expect(engine.wait(unknownId, never)).rejects.toThrow(ContainerNotFoundError);
    await expect(engine.stop(unknownId, 100)).rejects.toThrow(ContainerNotFoundError);
    await expect(readOutput(engine, unknownId)).rejects.toThrow(ContainerNotFoundError);
    await expect(engine.start(unknownId)).rejects.toThrow(ContainerStartError);
  });

  it('tells what the host has, and that it answers', async () => {
    const { engine } = opened();
    const { memoryBytes, cpuMillis } = await engine.capacity();
    expect(memoryBytes).toBeGreaterThan(64 * 1024 * 1024);
    expect(cpuMillis).toBeGreaterThanOrEqual(1000);
    expect(Math.abs((await engine.timeMs()) - Date.now())).toBeLessThan(5_000);
    expect(await engine.reachable()).toBe(true);
    expect(engine.description).not.toBe('');
  });
}
