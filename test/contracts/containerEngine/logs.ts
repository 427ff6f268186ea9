import { expect, it } from 'vitest';
import { begin, never, noSkip, opened, readOutput, specFor, untilPrinted } from './openedEngine.ts';

/** What `seq 1 last` prints. */
function numbers(last: number): string {
  return Array.from({ length: last }, (_, index) => `${index + 1}\n`).join('');
}

export function logRules(): void {
  it('has every line up to the exit', async () => {
    const { engine } = opened();
    const containerId = await begin('seq 1 10000; echo last >&2; printf "no line end"');
    const { stdout, stderr } = await readOutput(engine, containerId);
    expect(stdout.toString()).toBe(`${numbers(10_000)}no line end`);
    expect(stderr.toString()).toBe('last\n');
  });

  it('has every byte as it was', async () => {
    const { engine } = opened();
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const printed = [...everyByte].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    const containerId = await begin(`printf '${printed}\\n\\n\\r\\n${printed}'`);
    const { stdout } = await readOutput(engine, containerId);
    expect(stdout).toEqual(Buffer.concat([everyByte, Buffer.from('\n\n\r\n'), everyByte]));
  });

  it('shows what is written while the container runs', async () => {
    const { engine } = opened();
    const containerId = await begin('echo first; sleep 60');
    await untilPrinted(engine, containerId, 'first');
    expect(await engine.inspect(containerId)).toMatchObject({ status: 'running' });
  });

  it('gives the same bytes again', async () => {
    const { engine } = opened();
    const containerId = await begin('seq 1 500; seq 1 500 >&2');
    const first = await readOutput(engine, containerId);
    expect(await readOutput(engine, containerId)).toEqual(first);
    expect(first.stdout.toString()).toBe(numbers(500));
  });

  it.each([
    { stdoutBytes: 1, stderrBytes: 0 },
    { stdoutBytes: 700, stderrBytes: 1500 },
    { stdoutBytes: 1892, stderrBytes: 1891 },
    { stdoutBytes: 5000, stderrBytes: 5000 },
  ])('goes on after the bytes that are skipped: $stdoutBytes and $stderrBytes', async (skip) => {
    const { engine } = opened();
    const containerId = await begin('seq 1 500; seq 1 500 >&2');
    const { stdout, stderr } = await readOutput(engine, containerId, skip);
    expect(stdout.toString()).toBe(numbers(500).slice(skip.stdoutBytes));
    expect(stderr.toString()).toBe(numbers(500).slice(skip.stderrBytes));
  });

  it('waits for a container that is yet to start', async () => {
    const { engine } = opened();
    const containerId = await engine.create(await specFor('echo started'), never);
    const reading = readOutput(engine, containerId);
    await engine.start(containerId);
    expect((await reading).stdout.toString()).toBe('started\n');
  });

  it('ends without an error when its reader gives up', async () => {
    const { engine } = opened();
    const containerId = await begin('echo first; sleep 60');
    const reading = new AbortController();
    const chunks: string[] = [];
    for await (const { bytes } of engine.logs(containerId, { skip: noSkip, signal: reading.signal })) {
      chunks.push(Buffer.from(bytes).toString());
      reading.abort();
    }
    expect(chunks).toEqual(['first\n']);
    expect(await readOutput(engine, containerId, noSkip, AbortSignal.abort())).toEqual({
      stdout: Buffer.alloc(0),
      stderr: Buffer.alloc(0),
    });
  });

  it('stamps what it read between the start and the end', async () => {
    const { engine } = opened();
    const containerId = await begin('echo a; sleep 0.3; echo b');
    const times: string[] = [];
    for await (const { at } of engine.logs(containerId, { skip: noSkip, signal: never })) times.push(at);
    expect(times).toEqual([...times].sort());
    const [first = '', last = ''] = [times[0], times.at(-1)];
    expect(new Date(first).toISOString()).toBe(first);
    expect(Date.parse(last) - Date.parse(first)).toBeGreaterThanOrEqual(200);
  });

  it('waits for a slow reader and loses nothing', async () => {
    const { engine } = opened();
    const containerId = await begin('seq 1 20000');
    await engine.wait(containerId, never);
    let text = '';
    for await (const { bytes } of engine.logs(containerId, { skip: noSkip, signal: never })) {
      text += Buffer.from(bytes).toString();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text).toBe(numbers(20_000));
  });
}
