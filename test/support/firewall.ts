import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import type { DockerConnection } from '../../src/adapters/docker/dockerConnection.ts';
import { dockerForTests, dockerode } from './docker.ts';

const execute = promisify(execFile);

/** Where an engine without packet filter rules must fail the tests instead of passing over them. */
const requireFirewall = process.env.ONEOFF_TEST_REQUIRE_FIREWALL === '1';

/** Runs a program with the rights that the tests have, and answers its output. */
export async function execFileText(program: string, ...words: readonly string[]): Promise<string> {
  return (await execute(program, words)).stdout;
}

/**
 * A suite that needs an engine on this host which sets packet filter rules, and the rights to see them and to add addresses. Without
 * these it is skipped, and says so; with `ONEOFF_TEST_REQUIRE_FIREWALL=1` it fails.
 */
export async function describeWithFirewall(
  name: string,
  suite: (connection: DockerConnection) => void,
): Promise<void> {
  const connection = await dockerForTests();
  const missing = connection ? await whatIsMissing(connection) : 'no Docker engine answers';
  if (connection && missing === undefined) {
    describe(name, () => suite(connection));
    return;
  }
  const message = `${name}: ${missing}`;
  if (requireFirewall) throw new Error(`${message}, and ONEOFF_TEST_REQUIRE_FIREWALL=1 asks for it`);
  console.warn(`SKIPPED ${message}`);
  describe.skip(`${name} (SKIPPED: ${missing})`, () => suite({ type: 'socket', socketPath: '/nowhere' }));
}

async function whatIsMissing(connection: DockerConnection): Promise<string | undefined> {
  const name = `oo-probe${process.pid}`;
  const options = { 'com.docker.network.bridge.name': name };
  const network = await dockerode(connection).createNetwork({ Name: name, Options: options });
  try {
    const rules = await execFileText('iptables-save');
    return rules.includes(name) ? undefined : 'the engine sets no packet filter rules on this host';
  } catch (error) {
    return `iptables-save does not run: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await network.remove();
  }
}
