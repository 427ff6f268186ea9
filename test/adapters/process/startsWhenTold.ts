import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { createProcessEngine } from '../../../src/adapters/process/processEngine.ts';
import { randomJobId } from '../../support/randomJobId.ts';

/**
 * Starts one container in the folder it is given and prints its id and that of a second, which it asks to start when it is sent SIGUSR2.
 * SIGTERM closes the engine.
 */
const engine = createProcessEngine({ folder: process.argv[2] ?? '', clock: createSystemClock() });
const { signal } = new AbortController();
const create = async () =>
  engine.create(
    {
      jobId: randomJobId(),
      attempt: 1,
      workspaceId: 'wks-00000000000000000010',
      serviceId: 'srv-00000000000000000020',
      image: await engine.resolveImage('any', signal),
      startCommand: 'echo up; sleep 60',
      environment: {},
      memoryBytes: 1_000_000,
      cpuMillis: 1000,
      maxProcesses: 10,
      diskBytes: 1_000_000,
    },
    signal,
  );
const first = await create();
const second = await create();
await engine.start(first);
process.on('SIGUSR2', () => {
  void engine.start(second);
  console.log('asked');
});
const staying = setInterval(() => undefined, 1_000);
process.on('SIGTERM', async () => {
  clearInterval(staying);
  await engine.close();
  console.log('closed');
});
console.log(first, second);
