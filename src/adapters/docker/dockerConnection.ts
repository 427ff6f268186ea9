/** Where an engine listens. */
export type DockerConnection =
  | Readonly<{ type: 'socket'; socketPath: string }>
  | Readonly<{ type: 'tcp'; host: string; port: number; tls: DockerTls | null }>;

/** PEM texts, as `DOCKER_CERT_PATH` holds them. Without them a TLS connection trusts the system's authorities. */
export type DockerTls = Readonly<{ ca?: string; cert?: string; key?: string }>;

/** `connection` as people write it: `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`. */
export function formatConnection(connection: DockerConnection): string {
  return connection.type === 'socket'
    ? `unix://${connection.socketPath}`
    : `tcp://${connection.host}:${connection.port}`;
}
