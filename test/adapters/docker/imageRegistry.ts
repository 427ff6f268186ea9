import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A registry on this machine with one image of one layer, as far as an engine's pull goes. */
export type ImageRegistry = Readonly<{
  /** `127.0.0.1:PORT`. Engines take plain HTTP from there. */
  host: string;
  repository: string;
  /** Of the image's manifest. */
  digest: string;
  /** How many manifests were asked for. */
  manifestRequests: () => number;
  close: () => Promise<void>;
}>;

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

export async function imageRegistry(name: string, rootFolder: Buffer): Promise<ImageRegistry> {
  const layer = gzipSync(rootFolder);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(rootFolder)] },
      history: [{ created_by: 'test' }],
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe('application/vnd.docker.container.image.v1+json', config),
      layers: [describe('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
    }),
  );
  const digest = digestOf(manifest);
  let manifestRequests = 0;

  const server = createServer((request, answer) => {
    const path = request.url ?? '';
    const blob = [config, layer].find((bytes) => path === `/v2/${name}/blobs/${digestOf(bytes)}`);
    const isManifest = [`/v2/${name}/manifests/latest`, `/v2/${name}/manifests/${digest}`].includes(path);
    const body = isManifest ? manifest : path === '/v2/' ? Buffer.from('{}') : blob;
    if (isManifest) manifestRequests += 1;
    answer.setHeader('connection', 'close');
    if (!body) {
      answer.writeHead(404, { 'content-type': 'application/json' });
      answer.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
      return;
    }
    answer.writeHead(200, {
      'content-type': isManifest ? manifestType : 'application/octet-stream',
      'content-length': body.length,
      'docker-content-digest': digestOf(body),
    });
    answer.end(request.method === 'HEAD' ? undefined : body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    repository: `${host}/${name}`,
    digest,
    manifestRequests: () => manifestRequests,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function describe(mediaType: string, bytes: Buffer): object {
  return { mediaType, size: bytes.length, digest: digestOf(bytes) };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
