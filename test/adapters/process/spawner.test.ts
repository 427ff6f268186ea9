import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import {
  createProcessEngine,
  type ProcessEngineOptions,
} from '../../../src/adapters/process/processEngine.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { type ContainerEngine, EngineUnavailableError } from '../../../src/ports/containerEngine.ts';
import {
  begin,
  never,
  readOutput,
  run,
  specFor,
  untilPrinted,
  useEngine,
} from '../../contracts/containerEngine/openedEngine.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/tempFolder.ts';
import { processesWith } from './processesWith.ts';
import { spawnersOf } from './spawnersOf.ts';

describe('the process that spawns commands', () => {
  let folder: string;
  let removeFolder: () => Promise<void>;
  let engines: ContainerEngine[];
  let engine: ContainerEngine;

  const openEngine = (options: Partial<ProcessEngineOptions> = {}): ContainerEngine => {
    const opened = createProcessEngine({ folder, clock: createSystemClock(), ...options });
    engines.push(opened);
    return opened;
  };
  const use = (used: ContainerEngine) => {
    engine = used;
    useEngine({
      engine,
      imageReference: 'any',
      reopen: async () => openEngine(),
      close: async () => undefined,
    });
  };

  beforeEach(async () => {
    ({ path: folder, remove: removeFolder } = await tempFolder());
    engines = [];
    use(openEngine());
  });
  afterEach(async () => {
    for (const { containerId } of await engine.list()) await engine.remove(containerId);
    for (const opened of engines) await opened.close();
    expect(spawnersOf(process.pid)).toEqual([]);
    expect(processesWith(folder)).toEqual([]);
    await removeFolder();
  });

  const theSpawner = (pid = process.pid): number => {
    const [found, ...others] = spawnersOf(pid);
    if (found === undefined || others.length > 0)
      throw new Error(`${spawnersOf(pid).length} spawners, wanted 1`);
    return found;
  };

  it('comes with the first start, serves all, and leaves when the engine is closed', async () => {
    const containerId = await engine.create(await specFor('true'), never);
    expect(spawnersOf(process.pid)).toEqual([]);
    await engine.start(containerId);
    const spawner = theSpawner();
    await Promise.all([1, 2, 3].map(() => run('true')));
    expect(theSpawner()).toBe(spawner);
    await engine.close();
    expect(spawnersOf(process.pid)).toEqual([]);
  });

  it('does not come once the engine is closed', async () => {
    const containerId = await engine.create(await specFor('true'), never);
    await engine.close();
    await expect(engine.start(containerId)).rejects.toThrow(EngineUnavailableError);
    expect(spawnersOf(process.pid)).toEqual([]);
  });

  it('has none of this program’s environment, which its commands could read', async () => {
    process.env.SECRET_OF_THIS_PROGRAM = 'for this program only';
    await run('true');
    delete process.env.SECRET_OF_THIS_PROGRAM;
    const environment = readFileSync(`/proc/${theSpawner()}/environ`, 'utf8').split('\0').filter(Boolean);
    const names = environment.map((line) => line.split('=')[0]);
    const wanted = [
      'PATH',
      'LD_LIBRARY_PATH',
      'NODE_COMPILE_CACHE',
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
    ];
    expect(wanted).toEqual(expect.arrayContaining(names));
  });

  it('is in a session of its own, where no terminal’s signals for this program reach it', async () => {
    await run('true');
    const spawner = theSpawner();
    const text = readFileSync(`/proc/${spawner}/stat`, 'utf8');
    const [, , group, session] = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    expect([group, session]).toEqual([spawner, spawner]);
  });

  it('takes no command along when it is killed, and the next start has another', async () => {
    const containerId = await begin('echo up; sleep 0.5; echo end; exit 7');
    await untilPrinted(engine, containerId, 'up');
    const killed = theSpawner();
    const waiting = engine.wait(containerId, never);
    const reading = readOutput(engine, containerId);
    process.kill(killed, 'SIGKILL');
    const next = await engine.create(await specFor('exit 3'), never);
    await eventually(() => engine.start(next));
    expect(theSpawner()).not.toBe(killed);
    expect(await engine.wait(next, never)).toMatchObject({ exitCode: 3 });
    expect(await waiting).toMatchObject({ exitCode: 7 });
    expect((await reading).stdout.toString()).toBe('up\nend\n');
  });

  it('leaves a start without an answer when it is killed, and a second one runs the command once', async () => {
    await run('true');
    const spawner = theSpawner();
    process.kill(spawner, 'SIGSTOP');
    const containerId = await engine.create(await specFor('echo ran'), never);
    const starting = engine.start(containerId).catch((error: unknown) => error);
    process.kill(spawner, 'SIGKILL');
    expect(await starting).toBeInstanceOf(EngineUnavailableError);
    await engine.start(containerId);
    await engine.wait(containerId, never);
    expect((await readOutput(engine, containerId)).stdout.toString()).toBe('ran\n');
  });

  it('is killed where it does not answer in time', async () => {
    use(openEngine({ startTimeoutMs: 1_000 }));
    await run('true');
    const spawner = theSpawner();
    process.kill(spawner, 'SIGSTOP');
    const containerId = await engine.create(await specFor('exit 4'), never);
    await expect(engine.start(containerId)).rejects.toThrow(EngineUnavailableError);
    await engine.start(containerId);
    expect(theSpawner()).not.toBe(spawner);
    expect(await engine.wait(containerId, never)).toMatchObject({ exitCode: 4 });
  });

  it('is not relied upon to tell of an end: what runs is looked at now and then', async () => {
    use(openEngine({ clock: fasterClock(20), startTimeoutMs: 100_000 }));
    const containerId = await begin('echo up; sleep 0.3; exit 5');
    await untilPrinted(engine, containerId, 'up');
    const waiting = engine.wait(containerId, never);
    process.kill(theSpawner(), 'SIGSTOP');
    expect(await waiting).toMatchObject({ exitCode: 5 });
    process.kill(theSpawner(), 'SIGCONT');
  });

  it('leaves also where it was halted', async () => {
    await run('true');
    process.kill(theSpawner(), 'SIGSTOP');
    await engine.close();
    expect(spawnersOf(process.pid)).toEqual([]);
  });

  it('starts many at once, each with its own environment and exit code', async () => {
    const numbers = Array.from({ length: 120 }, (_, index) => index);
    const ends = await Promise.all(
      numbers.map(async (number) => {
        const filler = `${number}`.padStart(8_000, '.');
        const { exit, stdout } = await run('echo "$NUMBER"; exit $((NUMBER % 100))', {
          NUMBER: `${number}`,
          FILLER: filler,
        });
        return [stdout, exit.exitCode];
      }),
    );
    expect(ends).toEqual(numbers.map((number) => [`${number}\n`, number % 100]));
  });

  it('passes an environment of a megabyte', async () => {
    const values = Array.from({ length: 10 }, (_, index) => [`VALUE_${index}`, 'ž'.repeat(50_000)]);
    const { stdout } = await run('env | grep ^VALUE_ | wc -c', Object.fromEntries(values));
    expect(Number(stdout)).toBe(10 * (100_000 + 'VALUE_0=\n'.length));
  });

  it('goes on after a command that cannot be started', async () => {
    const tooLong = await engine.create(await specFor('true', { LONG: 'x'.repeat(200_000) }), never);
    await expect(engine.start(tooLong)).rejects.toThrow(/so large a start command/);
    const spawner = theSpawner();
    expect((await run('exit 2')).exit).toMatchObject({ exitCode: 2 });
    expect(theSpawner()).toBe(spawner);
  });

  it('makes no folder for a container that was removed meanwhile', async () => {
    await run('true');
    const spawner = theSpawner();
    const containerId = await engine.create(await specFor('sleep 60'), never);
    process.kill(spawner, 'SIGSTOP');
    const starting = engine.start(containerId).catch((error: unknown) => error);
    await openEngine().remove(containerId);
    process.kill(spawner, 'SIGCONT');
    expect(await starting).toBeInstanceOf(Error);
    expect(existsSync(join(folder, containerId))).toBe(false);
  });

  describe('of a program that ends', () => {
    let program: ChildProcess;
    let ids: readonly string[];
    beforeEach(async () => {
      program = spawn(process.execPath, [join(import.meta.dirname, 'startsWhenTold.ts'), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      ids = (await nextOutput()).split(' ');
    });
    afterEach(() => program.kill('SIGKILL'));

    const nextOutput = async () => {
      if (program.stdout === null) throw new Error('no output');
      const [bytes] = await once(program.stdout, 'data');
      return String(bytes).trim();
    };

    it('leaves with it, and the command runs on', async () => {
      const spawner = theSpawner(Number(program.pid));
      program.kill('SIGKILL');
      await eventually(() => !existsSync(`/proc/${spawner}`));
      expect(await engine.inspect(`${ids[0]}`)).toMatchObject({ status: 'running' });
    });

    it('is waited for by the close also where it was halted and nothing else is left to do', async () => {
      process.kill(theSpawner(Number(program.pid)), 'SIGSTOP');
      program.kill('SIGTERM');
      expect(await nextOutput()).toBe('closed');
    });

    it('starts nothing more of what the program had asked for', async () => {
      const spawner = theSpawner(Number(program.pid));
      process.kill(spawner, 'SIGSTOP');
      program.kill('SIGUSR2');
      expect(await nextOutput()).toBe('asked');
      const exited = once(program, 'exit');
      program.kill('SIGKILL');
      await exited;
      process.kill(spawner, 'SIGCONT');
      await eventually(() => !existsSync(`/proc/${spawner}`));
      expect(await engine.inspect(`${ids[1]}`)).toEqual({ status: 'created' });
      expect(processesWith(`${ids[1]}`)).toEqual([]);
    });
  });
});

/** A clock of which a second passes in a fraction of one. */
function fasterClock(times: number): Clock {
  const clock = createSystemClock();
  const beganMs = clock.nowMs();
  return {
    nowMs: () => beganMs + (clock.nowMs() - beganMs) * times,
    sleep: (ms, signal) => clock.sleep(ms / times, signal),
  };
}
