import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ApiServerHarness, startApiServer } from '../support/apiServerHarness.ts';
import { eventually } from '../support/eventually.ts';
import { type ApiProxy, describeWithHaproxy, startProxy } from '../support/haproxy.ts';

const hosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const;
const requestBytes = 1024 * 1024;

describeWithHaproxy('the proxy of docker-compose.yml', () => {
  let nodes: ApiServerHarness[];
  let proxy: ApiProxy;
  let ready: boolean[];

  beforeEach(async () => {
    nodes = [];
    ready = [true, true, true];
    const port = Number(new URL((await startNode(0, 0)).url).port);
    for (const index of [1, 2]) await startNode(index, port);
    proxy = await startProxy(port);
    proxy.setNodes(hosts.slice(0, 2));
    await eventually(() => allAnswer(2));
  });

  afterEach(async () => {
    await proxy.dispose();
    for (const node of nodes) await node.close();
  });

  async function startNode(index: number, port: number): Promise<ApiServerHarness> {
    const health = () => ({ caughtUp: ready[index] ?? false, loops: [] });
    // The proxy spreads requests without a token over all nodes: the nodes must answer them.
    const limits = { requestBytes, publicSchema: 'yes' } as const;
    const node = await startApiServer({ host: hosts[index] ?? '', port, health, limits });
    nodes.push(node);
    return node;
  }

  /** The nodes that answered so many requests without a token, one after the other. */
  async function answering(requests: number): Promise<Set<number>> {
    const before = nodes.map(({ logged }) => logged.length);
    // The one query that leaves a trace at its node.
    for (let sent = 0; sent < requests; sent += 1) expect((await post('{ fail }')).status).toBe(200);
    return new Set(
      nodes.flatMap(({ logged }, index) => (logged.length > (before[index] ?? 0) ? [index] : [])),
    );
  }

  /** The node that answered a request with the token of node 0: the other one refuses it. */
  async function answeringTokenOf0(): Promise<number> {
    const { status } = await post('{ hello }', { authorization: nodes[0]?.authorization ?? '' });
    expect([200, 401]).toContain(status);
    return status === 200 ? 0 : 1;
  }

  const allAnswer = async (count: number) => (await answering(2 * count)).size === count;

  const post = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${proxy.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });

  it('sends the requests of one token to one node, and those without a token to all', async () => {
    const node = await answeringTokenOf0();
    for (let sent = 0; sent < 10; sent += 1) expect(await answeringTokenOf0()).toBe(node);
    expect(await answering(10)).toEqual(new Set([0, 1]));
  });

  it('loses no request when a node ends, and goes on with the other', async () => {
    const leaving = await answeringTokenOf0();
    const closed = nodes[leaving]?.close();
    for (let sent = 0; sent < 50; sent += 1) await answeringTokenOf0();
    await closed;
    expect(await answeringTokenOf0()).toBe(1 - leaving);
  });

  it('sends nothing to a node that is not ready', async () => {
    ready[0] = false;
    await eventually(async () => !(await answering(10)).has(0));
    ready[0] = true;
    await eventually(() => allAnswer(2));
  });

  it('finds the replicas that come, and forgets those that go', async () => {
    proxy.setNodes(hosts);
    await eventually(() => allAnswer(3));
    proxy.setNodes(hosts.slice(1));
    await eventually(async () => !(await answering(10)).has(0), { deadlineMs: 20_000 });
  });

  it('tells whether any node is ready, and keeps to itself what a node tells its operators', async () => {
    expect((await fetch(`${proxy.url}/ready`)).status).toBe(200);
    for (const path of ['/health', '/metrics', '/%6detrics', '/ready/', '/metrics;x']) {
      expect((await fetch(`${proxy.url}${path}`)).status).toBe(404);
    }
    ready.fill(false);
    await eventually(async () => (await fetch(`${proxy.url}/ready`)).status === 503);
    expect((await post('{ hello }')).status).toBe(503);
  });

  it('passes WebSockets on', async () => {
    const url = `${proxy.url.replace('http', 'ws')}/graphql`;
    // A token of the trial's is known to one node alone.
    const { authorization } = nodes[0] ?? {};
    ready[1] = false;
    await eventually(async () => !(await answering(10)).has(1));
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization } });
    const counted: unknown[] = [];
    for await (const { data } of client.iterate({ query: 'subscription { count(to: 3) }' }))
      counted.push(data);
    await client.dispose();
    expect(counted).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }]);
  });

  it('passes a request on that is as large as a node takes, and leaves it to the node to refuse a larger one', async () => {
    const around = JSON.stringify({ query: '{ hello }', extensions: '' }).length;
    const sized = (bytes: number) =>
      fetch(`${proxy.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ hello }', variables: { padding: 'x'.repeat(bytes - around - 30) } }),
      });
    expect((await sized(requestBytes)).status).toBe(200);
    const refused = await sized(2 * requestBytes).then(
      ({ status }) => status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(refused);
  });
});
