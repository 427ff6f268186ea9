import { createRunnerDirectory } from '../../../src/adapters/local/runnerDirectory.ts';
import { runnerDirectoryContract } from '../../contracts/runnerDirectory.ts';

runnerDirectoryContract(async () => ({ directory: createRunnerDirectory(), close: async () => {} }));
