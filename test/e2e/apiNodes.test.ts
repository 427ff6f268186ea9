import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEventStoreDbEventStore } from '../../src/adapters/eventstoredb/eventStore.ts';
import { collect } from '../contracts/eventStore/events.ts';
import { type Cluster, type ClusterNode, cluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { graphqlClient } from '../support/graphqlClient.ts';
import { type JobsOverApi, jobsOverApi } from '../support/jobsOverApi.ts';
import { describeWithNats } from '../support/natsServer.ts';

type Events = Readonly<{ events: Readonly<{ position: string; events: readonly { position: string }[] }> }>;

// Of many nodes alone: what one process shows it shows at once, and it has no other to go to.
describeWithNats('two API nodes', () => {
  let oneoff: Cluster;
  let serviceId: string;
  beforeAll(async () => {
    oneoff = await cluster({
      nodes: [
        { name: 'api1', roles: ['api', 'processes', 'runner'] },
        { name: 'api2', roles: ['api'], canBeCutOff: true },
      ],
      environment: { ONEOFF_ENGINE: 'process', ONEOFF_LEADER_LEASE_MS: '1000' },
    });
    await oneoff.start();
    serviceId = await at('api1').createService();
  });
  afterAll(() => oneoff.dispose());

  const api = (name: string): ClusterNode => oneoff.node(name);
  const at = (name: string): JobsOverApi => jobsOverApi({ url: api(name).url, token: oneoff.token });
  const ready = async (node: ClusterNode): Promise<number> => (await fetch(`${node.url}/ready`)).status;
  const namesOf = async (node: ClusterNode, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${node.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${oneoff.token()}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ services(first: 100) { edges { node { name } } } }' }),
    });
    return (await response.json()) as {
      data?: { services: { edges: { node: { name: string } }[] } };
      errors?: readonly unknown[];
    };
  };
  const servicesAt = async (...args: Parameters<typeof namesOf>): Promise<readonly string[]> => {
    const { data, errors } = await namesOf(...args);
    if (data === undefined) throw new Error(JSON.stringify(errors));
    return data.services.edges.map(({ node }) => node.name);
  };
  const createAt = async (node: ClusterNode, name: string): Promise<string> => {
    const client = graphqlClient(node.url, oneoff.token());
    const { createService } = await client.request<{ createService: { position: string } }>(
      'mutation ($input: CreateServiceInput!) { createService(input: $input) { position } }',
      { input: { name, type: 'WEB_SERVICE', planId: 'plan-srv-006', image: 'any' } },
    );
    return createService.position;
  };

  it('that start at the same moment make one workspace, and one of them prints the one token', async () => {
    const tokens = oneoff.nodes.flatMap((node) => node.output().match(/oneoff_[0-9a-z]+_[\w-]+/g) ?? []);
    expect(new Set(tokens).size).toBe(1);
    const { eventStore, eventStorePrefix: streamPrefix } = oneoff;
    const store = createEventStoreDbEventStore({
      connectionString: eventStore.connectionString,
      streamPrefix,
    });
    const made = await collect(store.readAll({ filter: { types: ['WorkspaceCreated', 'TokenCreated'] } }));
    await store.close();
    // That of the users and that of the operators, each with its token.
    const types = ['TokenCreated', 'TokenCreated', 'WorkspaceCreated', 'WorkspaceCreated'];
    expect(made.map(({ type }) => type).toSorted()).toEqual(types);
  });

  it('show each other’s writes, at once to whoever names the position of the answer', async () => {
    const [first, second] = [api('api1'), api('api2')];
    second.network('eventStore').cut();
    const position = await createAt(first, 'written-on-the-first');
    expect(await servicesAt(first)).toContain('written-on-the-first');
    expect(await servicesAt(second)).not.toContain('written-on-the-first');
    const asked = servicesAt(second, { 'oneoff-position': position });
    await second.network('eventStore').heal();
    expect(await asked).toContain('written-on-the-first');
  });

  it('are not ready, once their read models are gone, until they have made them again from the events', async () => {
    const [first, second] = [api('api1'), api('api2')];
    await second.end('SIGTERM');
    await rm(join(second.dataFolder, 'read-models.sqlite'));
    second.network('eventStore').cut();
    const started = second.start();
    expect(await eventually(() => ready(second))).toBe(503);
    expect(await namesOf(second)).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    await second.network('eventStore').heal();
    await started;
    expect(await ready(second)).toBe(200);
    expect(await servicesAt(second)).toEqual(await servicesAt(first));
  });

  it('go on for each other: who resumes on the second with the last position misses no event, and sees none twice', async () => {
    const [first, second] = [api('api1'), api('api2')];
    const seen: string[] = [];
    let last: string | undefined;
    const follow = async (node: ClusterNode, isEnough: () => boolean): Promise<void> => {
      const client = graphqlClient(node.url, oneoff.token());
      const messages = client.subscribe<Events>(
        'subscription ($after: Position) { events(after: $after) { position events { position } } }',
        { after: last },
      );
      for await (const { events } of messages) {
        seen.push(...events.events.map(({ position }) => position));
        last = events.position;
        if (isEnough()) break;
      }
      await client.close();
    };
    const writes = 60;
    const writing = (async () => {
      for (let index = 0; index < writes; index += 1)
        await at('api2').createJob(serviceId, 'true', { idempotencyKey: `job ${index}` });
    })();
    const onFirst = follow(first, () => false).catch(() => undefined);
    await eventually(() => seen.length > 20);
    await first.end('SIGKILL');
    await onFirst;
    await writing;
    const all = await positionsFromStart(second);
    await follow(second, () => last === all.at(-1));
    expect(seen).toEqual(all);
  }, 60_000);

  /** Of every event up to now. Nobody dispatches any more: no more come. */
  async function positionsFromStart(node: ClusterNode): Promise<readonly string[]> {
    const client = graphqlClient(node.url, oneoff.token());
    const { system } = await client.request<{ system: { logPosition: string } }>(
      '{ system { logPosition } }',
    );
    const positions: string[] = [];
    for await (const { events } of client.subscribe<Events>(
      'subscription { events { position events { position } } }',
    )) {
      positions.push(...events.events.map(({ position }) => position));
      if (events.position >= system.logPosition) break;
    }
    await client.close();
    return positions;
  }
});
