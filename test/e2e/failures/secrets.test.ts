import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithDocker } from '../../support/docker.ts';
import { untilNoContainers } from '../../support/dockerWitness.ts';
import { type Deployment, describeForms } from '../../support/forms.ts';
import { firstOf, type JobsOverApi, jobsOverApi } from '../../support/jobsOverApi.ts';

const ofService = 'correct-horse-battery-staple';
const ofJob = 'Tr0ub4dor&3 "and" $more';
const ofLines = 'first-line-of-a-key\nsecond-line-of-a-key';
const secrets = [ofService, ofJob, ...ofLines.split('\n')];

await describeWithDocker('what debugging has shown of the secrets of others', (connection) => {
  describeForms(({ deploy }) => {
    let server: Deployment;
    let jobs: JobsOverApi;
    let serviceId: string;

    beforeAll(async () => {
      server = await deploy({
        ONEOFF_ENGINE: 'docker',
        ONEOFF_RUNNER_CPU_MILLIS: '8000',
        ONEOFF_LOG_LEVEL: 'debug',
      });
      await server.start();
      jobs = jobsOverApi(server);
      serviceId = await jobs.createService({
        environment: [
          { key: 'SERVICE_SECRET', value: ofService, secret: true },
          { key: 'KEY_FILE', value: ofLines, secret: true },
        ],
      });
    });
    afterAll(() => server.dispose());

    const withSecret = (startCommand: string, more: object = {}) =>
      jobs.createJob(serviceId, startCommand, {
        environment: [{ key: 'JOB_SECRET', value: ofJob, secret: true }],
        ...more,
      });
    const textsOf = async (id: string) => (await jobs.allLines(id)).map(({ text }) => text);

    it('rundeck/rundeck#1780: a log in debug mode has *** for each secret, and all else as it was', async () => {
      const id = await withSecret(
        `set -x; : starting with "$SERVICE_SECRET"; env | sort; cat /proc/self/environ | tr '\\0' '\\n'; echo "[$JOB_SECRET]"`,
      );
      const texts = await textsOf(id);
      expectNoSecret(texts.join('\n'));
      expect(texts).toContain('SERVICE_SECRET=***');
      expect(texts).toContain('JOB_SECRET=***');
      expect(texts).toContain('KEY_FILE=***');
      expect(texts).toContain('[***]');
      expect(texts.some((text) => /^\+ : starting with '?\*\*\*'?$/.test(text))).toBe(true);
      expect((await jobs.finishedJob(id)).status).toBe('SUCCEEDED');
    });

    it('rundeck/rundeck#1780: a secret that is written in pieces, on either stream, is hidden', async () => {
      const inPieces = (stream: number) =>
        `printf 'a correct-' >&${stream}; sleep 0.2; printf 'horse-battery' >&${stream}; sleep 0.2; printf -- '-staple z\\n' >&${stream}`;
      const id = await withSecret(`${inPieces(1)}; ${inPieces(2)}`);
      expect(await textsOf(id)).toEqual(['a *** z', 'a *** z']);
    });

    it('rundeck/rundeck#1780: a secret in an input that is refused is not in the refusal', async () => {
      const refusals = await Promise.all(
        [
          {
            serviceId,
            startCommand: 'true',
            environment: [{ key: 'not a name', value: ofJob, secret: true }],
          },
          { serviceId, startCommand: 'true', environment: [{ key: 'A', value: [ofJob], secret: true }] },
          { serviceId, startCommand: 'true', environment: [{ value: ofJob, secret: true }] },
          { serviceId, startCommand: 'true', environment: [{ key: 'A', value: ofJob, secret: ofJob }] },
          {
            serviceId,
            startCommand: 'true',
            planId: 'none',
            environment: [{ key: 'A', value: ofJob, secret: true }],
          },
          { serviceId, startCommand: 'true', environment: [{ key: 'A', value: `${ofJob}\0`, secret: true }] },
        ].map((input) =>
          jobs.client.answer(
            'mutation ($input: CreateJobInput!) { createJob(input: $input) { job { id } } }',
            {
              input,
            },
          ),
        ),
      );
      for (const { errors } of refusals) expect(errors).toHaveLength(1);
      expectNoSecret(JSON.stringify(refusals));
    });

    it('rundeck/rundeck#1780: no secret is in any answer, event, metric, file or line of the server’s own log', async () => {
      const id = await withSecret('echo "$JOB_SECRET" "$SERVICE_SECRET"', {
        idempotencyKey: 'with a secret',
      });
      await withSecret('echo "$JOB_SECRET" "$SERVICE_SECRET"', { idempotencyKey: 'with a secret' });
      await jobs.finishedJob(id);
      const { createService } = await jobs.client.request<{ createService: { service: { id: string } } }>(
        `mutation ($input: CreateServiceInput!) { createService(input: $input) { service { id environment { key value } } } }`,
        {
          input: {
            name: 'broken',
            type: 'WEB_SERVICE',
            planId: 'plan-srv-006',
            image: 'oneoff-test/there-is-none:1',
            environment: [{ key: 'SERVICE_SECRET', value: ofService, secret: true }],
          },
        },
      );
      const answers = await jobs.client.request(
        `query ($id: ID!, $serviceId: ID!) {
        job(id: $id) {
          startCommand environment { key value secret } outcome { summary message } events { type data }
          logs(first: 10) { edges { node { text rawBase64 } } }
        }
        found: job(id: $id) { logs(search: "${ofService}", first: 10) { edges { node { text } } } }
        service(id: $serviceId) { environment { key value secret } builds { id } }
        services { edges { node { name environment { key value } } } }
        auditLog(first: 100) { edges { node { type data } } }
      }`,
        { id, serviceId },
      );
      const seen: unknown[] = [];
      await firstOf(
        jobs.client.subscribe<{ events: { events: { type: string; data: { serviceId?: string } }[] } }>(
          'subscription { events { events { type data } } }',
        ),
        ({ events }) => {
          seen.push(events);
          return events.events.some(
            ({ type, data }) => type === 'BuildRequested' && data.serviceId === createService.service.id,
          );
        },
      );
      expect(seen).not.toEqual([]);
      expectNoSecret(JSON.stringify([createService, answers, seen]));
      for (const { url } of server.nodes) {
        for (const path of ['metrics', 'health', 'ready']) {
          expectNoSecret(await (await fetch(`${url}/${path}`)).text());
        }
      }
      await untilNoContainers(connection, serviceId);
      expect(await server.end('SIGTERM')).toBe(0);
      expect(server.logs()).toContain('"level":"debug"');
      expectNoSecret(server.logs());
      expectNoSecret(server.output());
      for (const folder of server.folders) {
        const files = readdirSync(folder, { recursive: true, withFileTypes: true });
        for (const file of files.filter((entry) => entry.isFile())) {
          expectNoSecret(readFileSync(join(file.parentPath, file.name), 'latin1'));
        }
      }
    });
  });
});

/** Neither as it is, nor as JSON or base64 write it. */
function expectNoSecret(text: string): void {
  for (const secret of secrets) {
    const inJson = JSON.stringify(secret).slice(1, -1);
    for (const form of [secret, inJson, Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
      expect(text.includes(form), `${form} is in ${text.slice(0, 2000)}`).toBe(false);
    }
  }
}
