import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { constants, uptime } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { createProcessEngine } from '../../../src/adapters/process/processEngine.ts';
import {
  type ContainerEngine,
  ContainerNotFoundError,
  ContainerStartError,
  ImageUnavailableError,
} from '../../../src/ports/containerEngine.ts';
import {
  begin,
  never,
  type OpenedContainerEngine,
  readOutput,
  run,
  specFor,
  untilPrinted,
  useEngine,
} from '../../contracts/containerEngine/openedEngine.ts';
import { containerEngineContract } from '../../contracts/containerEngine.ts';
import { eventually } from '../../support/eventually.ts';
import { randomJobId } from '../../support/randomJobId.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { processesWith } from './processesWith.ts';

async function open(): Promise<OpenedContainerEngine & { folder: string }> {
  const { path: folder, remove } = await tempFolder();
  const engines: ContainerEngine[] = [];
  const openEngine = () => {
    const engine = createProcessEngine({ folder, clock: createSystemClock() });
    engines.push(engine);
    return engine;
  };
  return {
    folder,
    engine: openEngine(),
    imageReference: 'any',
    reopen: async () => openEngine(),
    close: async () => {
      for (const engine of engines) await engine.close();
      expect(await readdir(folder)).toEqual([]);
      expect(processesWith(folder)).toEqual([]);
      await remove();
    },
  };
}

describe('the process engine', () => {
  containerEngineContract(open);
});

describe('the process engine, which has no images and no isolation', () => {
  let opened: Awaited<ReturnType<typeof open>>;
  let engine: ContainerEngine;
  beforeEach(async () => {
    opened = await open();
    engine = opened.engine;
    useEngine(opened);
  });
  afterEach(async () => {
    for (const { containerId } of await engine.list()) await engine.remove(containerId);
    await opened.close();
  });

  it('takes any image for the host itself, and refuses no name at all', async () => {
    expect(await engine.resolveImage('node:24', never)).toEqual({
      reference: 'node:24',
      digest: null,
      engine: 'process',
    });
    await expect(engine.resolveImage(' ', never)).rejects.toThrow(ImageUnavailableError);
  });

  it('takes a folder that is given relative to where this program runs', async () => {
    const folder = relative(process.cwd(), opened.folder);
    const relativeEngine = createProcessEngine({ folder, clock: createSystemClock() });
    const containerId = await relativeEngine.create(await specFor('exit 3'), never);
    await relativeEngine.start(containerId);
    expect(await relativeEngine.wait(containerId, never)).toMatchObject({ exitCode: 3 });
    await relativeEngine.close();
  });

  it('gives a command folders of its own and none of this program’s environment', async () => {
    process.env.SECRET_OF_THIS_PROGRAM = 'for this program only';
    const { stdout } = await run('pwd; echo "$HOME"; env | sort', { MINE: '1' });
    delete process.env.SECRET_OF_THIS_PROGRAM;
    const [workFolder, home, ...environment] = stdout.trimEnd().split('\n');
    expect(workFolder).toMatch(/\/oneoff-job-\w+-1\/work$/);
    expect(home).toBe(workFolder);
    const names = environment
      .map((line) => line.split('=')[0])
      .filter((name) => !['_', 'SHLVL'].includes(`${name}`));
    expect(names).toEqual(['HOME', 'LANG', 'MINE', 'ONEOFF_CONTAINER_ID', 'PATH', 'PWD', 'TMPDIR']);
  });

  it('writes no variable to the disk', async () => {
    const containerId = await begin('echo up; sleep 60', { PASSWORD: 'correct-horse' });
    await untilPrinted(engine, containerId, 'up');
    const files = await readdir(opened.folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain('correct-horse');
    }
  });

  it('kills what an ended command left behind, in whatever session and environment', async () => {
    const left = [
      'sleep 61 &',
      'setsid sleep 62 &',
      'env -i sleep 63 &',
      'sh -c "trap \\"\\" TERM; while :; do sleep 1; done" &',
    ];
    const containerId = await begin(`${left.join('\n')}\necho left; exit 2`);
    expect(await engine.wait(containerId, never)).toMatchObject({ exitCode: 2 });
    expect(processesWith(containerId)).toEqual([]);
    expect(processesWith('sleep\u000063')).toEqual([]);
  });

  it('stops also what an ended command left behind', async () => {
    const containerId = await begin('sleep 65 & exit 2');
    await eventually(() => existsSync(join(opened.folder, containerId, 'exit')));
    await engine.stop(containerId, 5_000);
    expect(processesWith('sleep\u000065')).toEqual([]);
  });

  it('stops what has moved to another session, environment and parent', async () => {
    const containerId = await begin(
      'setsid sh -c "sleep 61 & sleep 62" & (setsid env -i sleep 63 & wait) & env -i sleep 64 & echo up; sleep 60',
    );
    await untilPrinted(engine, containerId, 'up');
    await engine.stop(containerId, 5_000);
    expect(processesWith(containerId)).toEqual([]);
    for (const seconds of [63, 64]) expect(processesWith(`sleep\u0000${seconds}`)).toEqual([]);
  });

  it('gives no longer grace where the clock is set back meanwhile', async () => {
    const clock = createSystemClock();
    let setBackMs = 0;
    const nowMs = () => clock.nowMs() - setBackMs;
    const second = createProcessEngine({ folder: opened.folder, clock: { ...clock, nowMs } });
    const containerId = await begin('trap "" TERM; echo up; while :; do sleep 0.05; done');
    await untilPrinted(engine, containerId, 'up');
    const stopping = second.stop(containerId, 300);
    setBackMs = 3_600_000;
    await stopping;
    await second.close();
    expect(processesWith(containerId)).toEqual([]);
  });

  it('leaves the command its signals', async () => {
    const { stdout } = await run(
      'trap "echo int" INT; kill -INT $$; trap "echo term" TERM; kill -TERM 0; echo end',
    );
    expect(stdout).toBe('int\nterm\nend\n');
  });

  it('tells how a command ended that sends signals to its process group', async () => {
    const signals = 'HUP INT QUIT USR1 USR2 ALRM VTALRM PROF PIPE ABRT TERM XCPU XFSZ';
    const { exit, stdout } = await run(
      `for signal in ${signals}; do trap "echo $signal" $signal; kill -$signal 0; done; exit 3`,
    );
    expect(exit.exitCode).toBe(3);
    expect(stdout.trim().split('\n')).toEqual(signals.split(' '));
    expect((await run('kill -USR1 0; exit 3')).exit.exitCode).toBe(128 + constants.signals.SIGUSR1);
  });

  it('has no exit to tell of a container whose shell was killed, and leaves nothing of it running', async () => {
    const containerId = await begin('echo up; sleep 60');
    await untilPrinted(engine, containerId, 'up');
    const pid = Number(await readFile(join(opened.folder, containerId, 'pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await expect(engine.wait(containerId, never)).rejects.toThrow(ContainerNotFoundError);
    expect(processesWith(containerId)).toEqual([]);
    await expect(engine.start(containerId)).resolves.toBeDefined();
    expect(processesWith(containerId)).toEqual([]);
  });

  describe('whose shell’s number went to a stranger', () => {
    const containerId = `oneoff-${randomJobId()}-1`;
    const leave = async (wrapperPid: number | undefined, startedAt = new Date()) => {
      const file = join(opened.folder, containerId, 'pid');
      await mkdir(dirname(file));
      await writeFile(file, `${wrapperPid}\n`);
      await utimes(file, startedAt, startedAt);
    };
    const stranger = (command: string) =>
      spawn('/bin/sh', ['-c', command], { detached: true, stdio: 'ignore' });
    const strangers = () => processesWith('sleep\u000076');
    afterEach(() => {
      for (const pid of strangers()) process.kill(pid, 'SIGKILL');
    });

    it('lets that one’s processes live', async () => {
      await leave(stranger('sleep 76 & wait').pid);
      await eventually(() => strangers().length === 1);
      await expect(engine.inspect(containerId)).rejects.toThrow(ContainerNotFoundError);
      await engine.remove(containerId);
      expect(strangers()).toHaveLength(1);
    });

    it('lets those live that one left before it ended, where the host began anew meanwhile', async () => {
      const ended = stranger('sleep 76 &');
      await once(ended, 'exit');
      // The shell's child may not have become the command yet.
      await eventually(() => strangers().length === 1);
      await leave(ended.pid, new Date(Date.now() - (uptime() + 60) * 1000));
      await expect(engine.inspect(containerId)).rejects.toThrow(ContainerNotFoundError);
      await engine.remove(containerId);
      expect(strangers()).toHaveLength(1);
    });
  });

  it('does not start what another program made, whose environment is gone, until it is made again', async () => {
    const spec = await specFor('echo "$GREETING"', { GREETING: 'hello' });
    const containerId = await engine.create(spec, never);
    const second = await opened.reopen();
    expect(await second.inspect(containerId)).toEqual({ status: 'created' });
    await expect(second.start(containerId)).rejects.toThrow(ContainerStartError);
    expect(await second.create(spec, never)).toBe(containerId);
    await second.start(containerId);
    expect((await readOutput(second, containerId)).stdout.toString()).toBe('hello\n');
  });

  it('runs a command once, even when two programs start it at the same time', async () => {
    const spec = await specFor('echo ran');
    const second = await opened.reopen();
    const containerId = await engine.create(spec, never);
    await second.create(spec, never);
    await Promise.all([engine.start(containerId), second.start(containerId)]);
    await engine.wait(containerId, never);
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('ran\n');
  });

  it('says why a command cannot be started', async () => {
    const containerId = await engine.create(await specFor(`: ${'x'.repeat(200_000)}`), never);
    await expect(engine.start(containerId)).rejects.toThrow(
      'the kernel does not take so large a start command',
    );
    expect(await engine.inspect(containerId)).toEqual({ status: 'created' });
  });

  it('makes no path of an id that is not its own', async () => {
    for (const id of ['../../etc', '', 'oneoff-job-../x-1']) {
      await expect(engine.inspect(id)).rejects.toThrow(ContainerNotFoundError);
      await engine.remove(id);
    }
  });

  it('finds, follows and ends what a killed program had started', async () => {
    const program = spawn(
      process.execPath,
      [join(import.meta.dirname, 'startsOneContainer.ts'), opened.folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = once(program, 'exit');
    const containerId = await new Promise<string>((resolve) => {
      program.stdout.on('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
    });
    const reading = readOutput(engine, containerId);
    await eventually(() => engine.inspect(containerId).then(({ status }) => status === 'running'));
    program.kill('SIGKILL');
    await exited;
    expect(await engine.list()).toMatchObject([{ containerId, attempt: 1 }]);
    expect(await engine.wait(containerId, never)).toMatchObject({ exitCode: 42 });
    const numbers = Array.from({ length: 3000 }, (_, index) => `${index + 1}\n`).join('');
    const { stdout, stderr } = await reading;
    expect(stdout.toString()).toBe(`${numbers}${numbers}`);
    expect(stderr.toString()).toBe('end\n');
    expect(await readOutput(engine, containerId)).toEqual({ stdout, stderr });
  });
});
