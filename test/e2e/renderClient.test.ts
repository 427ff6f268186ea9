import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDocker } from '../support/docker.ts';
import { type Deployment, describeForms } from '../support/forms.ts';
import { jobsOverApi } from '../support/jobsOverApi.ts';
import { describeWithOracles, runOracle } from '../support/oracles.ts';

await describeWithDocker('REST, as clients of Render’s API use it', () => {
  describeWithOracles('the unmodified npm client render-api, and ws', () => {
    describeForms(({ deploy }) => {
      let server: Deployment;

      beforeAll(async () => {
        server = await deploy({ ONEOFF_ENGINE: 'docker', ONEOFF_RUNNER_CPU_MILLIS: '16000' });
        await server.start();
      });
      afterAll(() => server.dispose());

      it('finds nothing to complain about', async () => {
        const jobs = jobsOverApi(server);
        const serviceId = await jobs.createService({ name: 'rest' });
        await jobs.client.close();
        const { code, output } = await runOracle('render-client.mjs', {
          BASE_URL: server.url,
          TOKEN: server.token(),
          SERVICE_ID: serviceId,
          MANY: '25',
          STRICT: '1',
        });
        expect(output).toMatch(/^ok \d+ checks$/m);
        expect(code).toBe(0);
      }, 180_000);
    });
  });
});
