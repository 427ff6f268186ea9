import { randomUUID } from 'node:crypto';
import { createDockerEngine } from '../../../src/adapters/docker/dockerEngine.ts';
import { containerEngineContract } from '../../contracts/containerEngine.ts';
import { describeWithDocker, testImage } from '../../support/docker.ts';

await describeWithDocker('the Docker engine', (connection) => {
  containerEngineContract(async () => {
    const installationId = `test-${randomUUID()}`;
    const engines = [createDockerEngine({ connection, installationId })];
    const open = () => {
      const engine = createDockerEngine({ connection, installationId });
      engines.push(engine);
      return engine;
    };
    return {
      engine: open(),
      imageReference: testImage,
      reopen: async () => open(),
      close: async () => {
        for (const engine of engines) await engine.close();
      },
    };
  });
});
