import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import {
  type ContainerFolder,
  containerFolder,
  forbidStart,
  readRecordedState,
  removeContainerFolder,
} from '../../../src/adapters/process/containerFolder.ts';
import { createSpawner } from '../../../src/adapters/process/spawner.ts';
import { startWrapper } from '../../../src/adapters/process/startWrapper.ts';
import { type ContainerSpec, EngineUnavailableError } from '../../../src/ports/containerEngine.ts';
import { eventually } from '../../support/eventually.ts';
import { randomJobId } from '../../support/randomJobId.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const jobId = randomJobId();
const containerId = `oneoff-${jobId}-1`;
const spec: ContainerSpec = {
  jobId,
  attempt: 1,
  workspaceId: 'wks-00000000000000000010',
  serviceId: 'srv-00000000000000000020',
  image: { reference: 'any', digest: null, engine: 'process' },
  startCommand: 'true',
  environment: {},
  memoryBytes: 1_000_000,
  cpuMillis: 1000,
  maxProcesses: 10,
  diskBytes: 1_000_000,
};

describe('the folder of a container', () => {
  let folder: ContainerFolder;
  let closing: AsyncDisposableStack;
  beforeEach(async () => {
    closing = new AsyncDisposableStack();
    const { path, remove } = await tempFolder();
    closing.defer(remove);
    const found = containerFolder(path, containerId);
    if (!found) throw new Error('not an id');
    folder = found;
    await mkdir(folder.path);
  });
  afterEach(() => closing.disposeAsync());

  const start = () => {
    const spawner = createSpawner({ startTimeoutMs: 10_000, leaveTimeoutMs: 1_000 });
    closing.defer(() => spawner.close());
    const clock = createSystemClock();
    return startWrapper(
      { containerId, folder, clock, spawner, searchPath: '/usr/bin:/bin', startTimeoutMs: 300 },
      spec,
    );
  };

  it('lets no command begin once a start is forbidden', async () => {
    expect(forbidStart(folder)).toBe(true);
    await expect(start()).rejects.toThrow(EngineUnavailableError);
    expect(existsSync(folder.exit)).toBe(false);
  });

  it('forbids nothing where a command has begun, or the container is gone', async () => {
    await start();
    expect(forbidStart(folder)).toBe(false);
    await eventually(() => readRecordedState(folder).status === 'ended');
    await removeContainerFolder(folder);
    expect(forbidStart(folder)).toBe(true);
    expect(readRecordedState(folder)).toEqual({ status: 'absent' });
  });

  it('is removed with all that a command may leave there', async () => {
    await start();
    await eventually(() => readRecordedState(folder).status === 'ended');
    await mkdir(join(folder.work, 'some', 'thing'), { recursive: true });
    await symlink('/', join(folder.temporary, 'link'));
    await writeFile(join(folder.path, 'more'), '');
    await removeContainerFolder(folder);
    expect(existsSync(folder.path)).toBe(false);
    await removeContainerFolder(folder);
  });

  describe('of a user like any other', () => {
    const someUserId = 65_534;
    const isRoot = process.getuid?.() === 0;
    /** No folder is closed to root. */
    beforeEach(async () => {
      if (!isRoot) return;
      for (const path of [dirname(folder.path), folder.path]) await chown(path, someUserId, someUserId);
      process.seteuid?.(someUserId);
    });
    afterEach(() => {
      if (isRoot) process.seteuid?.(0);
    });

    it('is removed with folders that the command has closed', async () => {
      const modules = join(folder.path, 'work', 'modules', 'one');
      await mkdir(modules, { recursive: true });
      await writeFile(join(modules, 'go.mod'), '');
      for (const path of [modules, dirname(modules)]) await chmod(path, 0o555);
      await chmod(folder.work, 0);
      await removeContainerFolder(folder);
      expect(existsSync(folder.path)).toBe(false);
    });

    it.skipIf(!isRoot)('stays, and that is said, where the command left what is another user’s', async () => {
      process.seteuid?.(0);
      await mkdir(join(folder.path, 'of root'));
      await writeFile(join(folder.path, 'of root', 'file'), '');
      process.seteuid?.(someUserId);
      await expect(removeContainerFolder(folder)).rejects.toThrow(EngineUnavailableError);
      expect(existsSync(folder.path)).toBe(true);
    });
  });
});
