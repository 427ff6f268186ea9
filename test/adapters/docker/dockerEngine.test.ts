import { containerEngineContract } from '../../contracts/containerEngine.ts';
import { describeWithDocker } from '../../support/docker.ts';
import { openEngine } from './openEngine.ts';

await describeWithDocker('the Docker engine', (connection) => {
  containerEngineContract(async () => openEngine(connection));
});
