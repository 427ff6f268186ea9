import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithDocker, dockerode, testImage } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';
import { type Deployment, describeForms } from '../support/forms.ts';
import { type GraphqlClient, graphqlClient } from '../support/graphqlClient.ts';

type Build = Readonly<{ status: string; message: string | null }>;

await describeWithDocker('images of an installation that many share', (connection) => {
  describeForms((form) => {
    let oneoff: Deployment;
    let client: GraphqlClient;
    let registry: Server;
    let connections = 0;
    beforeEach(async () => {
      connections = 0;
      registry = createServer((socket) => {
        connections += 1;
        socket.destroy();
      }).listen(0, '127.0.0.1');
      await once(registry, 'listening');
      oneoff = await form.deploy({ ONEOFF_ENGINE: 'docker', ONEOFF_LOCAL_IMAGES: 'none' });
      await oneoff.start();
      client = graphqlClient(oneoff.url, oneoff.token());
    });
    afterEach(async () => {
      await client.close();
      await oneoff.dispose();
      registry.close();
    });

    it('come from no address of the engine’s own network, and are not used by the id of a local one', async () => {
      const address = registry.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const { Id } = await dockerode(connection).getImage(testImage).inspect();
      expect(await buildOf(`127.0.0.1:${port}/team/app`)).toEqual({
        status: 'FAILED',
        message: `Image 127.0.0.1:${port}/team/app: its registry is not allowed here (ONEOFF_ALLOWED_REGISTRIES)`,
      });
      expect(await buildOf(Id)).toEqual({
        status: 'FAILED',
        message: `Image ${Id}: it can only be used by a name that its registry knows (ONEOFF_LOCAL_IMAGES)`,
      });
      expect(connections).toBe(0);
      await expect(buildOf('https://user:hunter2@registry.example.com/app')).rejects.toThrow(
        'BAD_USER_INPUT',
      );
    });

    async function buildOf(image: string): Promise<Build> {
      const { createService } = await client.request<{ createService: { service: { id: string } } }>(
        'mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id } } }',
        { input: { name: 'any', type: 'WEB_SERVICE', planId: 'plan-srv-006', image } },
      );
      let build: Build | undefined;
      await eventually(async () => {
        const { service } = await client.request<{ service: { builds: Build[] } }>(
          'query ($id: ID!) { service(id: $id) { builds { status message } } }',
          { id: createService.service.id },
        );
        build = service.builds[0];
        return build?.status !== 'PENDING';
      });
      if (build === undefined) throw new Error('no build');
      return build;
    }
  });
});
