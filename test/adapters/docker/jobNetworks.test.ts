import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { WorkspaceId } from '../../../src/domain/ids.ts';
import {
  begin,
  never,
  readOutput,
  specFor,
  untilPrinted,
} from '../../contracts/containerEngine/openedEngine.ts';
import { dockerode, testImage } from '../../support/docker.ts';
import { describeWithFirewall, execFileText } from '../../support/firewall.ts';
import { engineForEachTest } from './openEngine.ts';

const oneWorkspace: WorkspaceId = 'wks-00000000000000000010';
const otherWorkspace: WorkspaceId = 'wks-000000000000000000g0';

/** A link-local address that no cloud uses. */
const metadataAddress = '169.254.77.7';
const metadataBridge = 'oneofftestmeta';

await describeWithFirewall('a job on its workspace’s network', (connection) => {
  const docker = dockerode(connection);
  const opened = engineForEachTest(connection);

  it.each([
    ['another workspace', otherWorkspace],
    ['its own workspace', oneWorkspace],
  ])('does not reach a port of a job of %s', async (_which, workspaceId) => {
    const listening = await begin('nc -ll -p 8080 -e /bin/echo reached & echo up; wait');
    await untilPrinted(opened().engine, listening, 'up');
    const addresses = await addressesOf(listening);
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      expect(await outputOf(listening, `nc -w 2 ${address} 8080`)).toBe('reached');
      expect(await printed(`nc -w 2 ${address} 8080; true`, workspaceId)).toBe('');
    }
  });

  it('does not reach link-local addresses, where containers elsewhere do', async () => {
    const port = await listen(metadataAddress);
    const command = `timeout 3 wget -q -O - http://${metadataAddress}:${port}/`;
    expect(await printedOnDefaultNetwork(command)).toBe('answered');
    expect(await printed(`${command}; true`, oneWorkspace)).toBe('');
  });

  it('leaves the host’s own route to link-local addresses as it is', async () => {
    const route = () => execFileText('ip', 'route', 'show', 'match', '169.254.169.254');
    const before = await route();
    await printed('true', oneWorkspace);
    expect(await docker.listNetworks({ filters: { name: ['oneoff-link-local'] } })).toHaveLength(1);
    expect(await route()).toBe(before);
  });

  it('has no IPv6, by which a metadata service could be reached', async () => {
    expect(await printed('cat /proc/net/if_inet6 | grep -v " lo$"; true', oneWorkspace)).toBe('');
  });

  it('cannot change its own routes or addresses', async () => {
    const command = 'ip route del 169.254.0.0/16 || ip link set eth1 down || echo refused';
    expect(await printed(`(${command}) 2>/dev/null`, oneWorkspace)).toBe('refused');
  });

  it('does not reach a server that is bound to loopback', async () => {
    const port = await listen('127.0.0.1');
    expect(await printed(`${fetchFromGateway(port)}; true`, oneWorkspace)).toBe('');
  });

  it('reaches a server that is bound to all addresses, until the operator’s rule forbids it', async () => {
    const port = await listen('0.0.0.0');
    expect(await printed(fetchFromGateway(port), oneWorkspace)).toBe('answered');
    const rule = ['INPUT', '-i', 'oo-+', '-p', 'tcp', '--dport', String(port), '-j', 'REJECT'];
    await execFileText('iptables', '-w', '-I', ...rule);
    onTestFinished(async () => void (await execFileText('iptables', '-w', '-D', ...rule)));
    expect(await printed(`${fetchFromGateway(port)}; true`, oneWorkspace)).toBe('');
  });

  beforeEach(async () => {
    await execFileText('ip', 'link', 'add', metadataBridge, 'type', 'bridge');
    await execFileText('ip', 'address', 'add', `${metadataAddress}/32`, 'dev', metadataBridge);
    await execFileText('ip', 'link', 'set', metadataBridge, 'up');
  });
  afterEach(async () => {
    await execFileText('ip', 'link', 'delete', metadataBridge);
  });

  async function addressesOf(containerId: string): Promise<readonly string[]> {
    const { NetworkSettings } = await docker.getContainer(containerId).inspect();
    return Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  }

  /** What the command prints in a container that runs already. */
  async function outputOf(containerId: string, command: string): Promise<string> {
    const Cmd = ['/bin/sh', '-c', command];
    const exec = await docker.getContainer(containerId).exec({ Cmd, AttachStdout: true, Tty: true });
    const stream = await exec.start({ Tty: true });
    let output = '';
    for await (const chunk of stream) output += String(chunk);
    return output.trim();
  }

  async function printed(command: string, workspaceId: WorkspaceId): Promise<string> {
    const { engine } = opened();
    const containerId = await engine.create({ ...(await specFor(command)), workspaceId }, never);
    await engine.start(containerId);
    await engine.wait(containerId, never);
    const { stdout } = await readOutput(engine, containerId);
    return stdout.toString().trim();
  }

  async function printedOnDefaultNetwork(command: string): Promise<string> {
    const Cmd = ['/bin/sh', '-c', command];
    const container = await docker.createContainer({ Image: testImage, Cmd, Tty: true });
    try {
      await container.start();
      await container.wait();
      return String(await container.logs({ stdout: true })).trim();
    } finally {
      await container.remove({ force: true });
    }
  }

  async function listen(host: string): Promise<number> {
    const server: Server = createServer((_request, response) => void response.end('answered'));
    server.listen(0, host);
    await once(server, 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  function fetchFromGateway(port: number): string {
    const gateway = `$(ip route | sed -n 's/^default via \\([0-9.]*\\) .*/\\1/p')`;
    return `timeout 3 wget -q -O - "http://${gateway}:${port}/"`;
  }
});
