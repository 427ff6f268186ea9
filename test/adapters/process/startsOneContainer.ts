import { createSystemClock } from '../../../src/adapters/local/systemClock.ts';
import { createProcessEngine } from '../../../src/adapters/process/processEngine.ts';
import { randomJobId } from '../../support/randomJobId.ts';

/** Starts one container in the folder it is given, prints its id, and stays until it is killed. */
const engine = createProcessEngine({ folder: process.argv[2] ?? '', clock: createSystemClock() });
const { signal } = new AbortController();
const containerId = await engine.create(
  {
    jobId: randomJobId(),
    attempt: 1,
    workspaceId: 'wks-00000000000000000010',
    serviceId: 'srv-00000000000000000020',
    image: await engine.resolveImage('any', signal),
    startCommand: 'seq 1 3000; sleep 1; seq 1 3000; echo end >&2; exit 42',
    environment: {},
    memoryBytes: 1_000_000,
    cpuMillis: 1000,
    maxProcesses: 10,
    diskBytes: 1_000_000,
  },
  signal,
);
await engine.start(containerId);
console.log(containerId);
await engine.wait(containerId, signal);
setInterval(() => undefined, 1_000);
