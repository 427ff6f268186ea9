import { createHash } from 'node:crypto';
import type { WorkspaceId } from '../../domain/ids.ts';
import { labels } from './containerConfig.ts';

/** A network as the engine's create call takes it. */
export type NetworkConfig = Readonly<{ Name: string; Labels: Readonly<Record<string, string>> }>;

/** Attached to every container, so that the addresses of cloud metadata services lead nowhere. */
export const linkLocalNetwork = 'oneoff-link-local';

const bridge = { CheckDuplicate: true, Driver: 'bridge', EnableIPv6: false };

/** Of 41 characters, whatever the installation's id. */
export function workspaceNetwork(installationId: string, workspaceId: WorkspaceId): string {
  return `oneoff-${workspaceId}-${hash(installationId).slice(0, 8)}`;
}

/**
 * With `enable_icc` off the jobs of one workspace cannot reach each other either. Podman knows none of Docker's options, and refuses
 * what it does not know.
 */
export function workspaceNetworkConfig(
  installationId: string,
  workspaceId: WorkspaceId,
  isPodman: boolean,
): NetworkConfig {
  const name = workspaceNetwork(installationId, workspaceId);
  const options = {
    'com.docker.network.bridge.name': bridgeName(hash(name).slice(0, 12)),
    'com.docker.network.bridge.enable_icc': 'false',
  };
  return {
    Name: name,
    ...bridge,
    ...(isPodman ? {} : { Options: options }),
    Labels: { [labels.installation]: installationId, [labels.workspace]: workspaceId },
  };
}

/**
 * A network that owns 169.254.0.0/16 and leads nowhere: a container that is on it has a route for these addresses that is narrower than
 * the default one. `inhibit_ipv4` keeps the bridge without an address, so that the host's own routes to its metadata service stay
 * as they are. An engine has room for one network of these addresses, so all installations share it. The lower half of the range is
 * given to containers: none ever has the address of a metadata service.
 */
export const linkLocalNetworkConfig: NetworkConfig & Readonly<Record<string, unknown>> = {
  Name: linkLocalNetwork,
  ...bridge,
  Internal: true,
  IPAM: { Config: [{ Subnet: '169.254.0.0/16', IPRange: '169.254.0.0/17' }] },
  Options: {
    'com.docker.network.bridge.name': bridgeName('link-local'),
    'com.docker.network.bridge.enable_icc': 'false',
    'com.docker.network.bridge.inhibit_ipv4': 'true',
  },
  Labels: { 'oneoff.link-local': 'blocked' },
};

/** An operator's firewall rule can name all of them as `oo-+`. The kernel takes 15 characters. */
function bridgeName(suffix: string): string {
  return `oo-${suffix}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
