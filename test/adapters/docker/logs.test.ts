import { expect, it } from 'vitest';
import { begin, never, noSkip, readOutput, specFor } from '../../contracts/containerEngine/openedEngine.ts';
import { describeWithDocker } from '../../support/docker.ts';
import { engineForEachTest, openEngine } from './openEngine.ts';

await describeWithDocker('the log of the Docker engine', (connection) => {
  const opened = engineForEachTest(connection);

  it('keeps characters whole that the engine cuts in half at 16 KiB, and the ends of such lines', async () => {
    const { engine } = opened();
    // An odd start, so that the border falls into the middle of the two bytes of every é.
    const long = `printf x; i=0; while [ $i -lt 1000 ]; do printf ${'é'.repeat(21)}; i=$((i+1)); done; echo`;
    const containerId = await begin(`${long}; echo short; echo error >&2; ${long}; ${long}; printf end`);
    const { stdout, stderr } = await readOutput(engine, containerId);
    const longLine = `x${'é'.repeat(21 * 1000)}\n`;
    expect(stdout.toString()).toBe(`${longLine}short\n${longLine}${longLine}end`);
    expect(stderr.toString()).toBe('error\n');
  });

  it.each([16_383, 16_384, 16_385, 32_768])(
    'keeps a line of %i bytes apart from the next',
    async (length) => {
      const { engine } = opened();
      const containerId = await begin(`head -c ${length} /dev/zero | tr '\\000' x; echo; echo next`);
      const { stdout } = await readOutput(engine, containerId);
      expect(stdout.toString()).toBe(`${'x'.repeat(length)}\nnext\n`);
      expect(
        (await readOutput(engine, containerId, { stdoutBytes: length, stderrBytes: 0 })).stdout.toString(),
      ).toBe('\nnext\n');
      expect(
        (
          await readOutput(engine, containerId, { stdoutBytes: length + 1, stderrBytes: 0 })
        ).stdout.toString(),
      ).toBe('next\n');
    },
  );

  it('keeps a megabyte of random bytes', async () => {
    const { engine } = opened();
    const containerId = await begin(
      'head -c 1000000 /dev/urandom > /tmp/noise; cat /tmp/noise; sha256sum < /tmp/noise >&2',
    );
    const { stdout, stderr } = await readOutput(engine, containerId);
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(stdout))).toString('hex');
    expect(stderr.toString().split(' ')[0]).toBe(hash);
  });

  it('has every one of 50,000 lines written as fast as can be, and soon', async () => {
    const { engine } = opened();
    const containerId = await begin('seq 1 50000');
    const startMs = performance.now();
    const { stdout } = await readOutput(engine, containerId);
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(stdout.toString()).toBe(Array.from({ length: 50_000 }, (_, index) => `${index + 1}\n`).join(''));
  });

  it('joins the lines of one millisecond, and never those of two streams', async () => {
    const { engine } = opened();
    const containerId = await begin(
      'seq 1 2000; i=0; while [ $i -lt 50 ]; do echo out; echo err >&2; i=$((i+1)); done',
    );
    await engine.wait(containerId, never);
    let chunks = 0;
    let text = '';
    for await (const { stream, bytes } of engine.logs(containerId, { skip: noSkip, signal: never })) {
      chunks += 1;
      if (stream === 'stderr') expect(Buffer.from(bytes).toString()).toMatch(/^(err\n)+$/);
      else text += Buffer.from(bytes).toString();
    }
    expect(text.split('\n')).toHaveLength(2051);
    expect(chunks).toBeLessThan(1_000);
  });

  it('ends, with nothing but what the container wrote, where that is more than the engine keeps', async () => {
    const { engine, imageReference, close } = openEngine(connection, { maxLogBytes: 200_000 });
    const image = await engine.resolveImage(imageReference, never);
    const containerId = await engine.create({ ...(await specFor('seq 1 100000')), image }, never);
    await engine.start(containerId);
    const { stdout, stderr } = await readOutput(engine, containerId);
    expect(stdout.length).toBeGreaterThan(10_000);
    expect(stdout.toString()).toMatch(/^[0-9\n]+$/);
    expect(stderr.toString()).toBe('');
    expect(await engine.wait(containerId, never)).toMatchObject({ exitCode: 0 });
    await engine.remove(containerId);
    await close();
  });
});
