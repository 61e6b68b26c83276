import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { temporaryFolder } from '../leftovers.ts';
import { writeChart } from './chart.ts';
import { runTool } from './tools.ts';

const certificates = path.resolve('test/fixtures/mirror-certificates');

/** Charts over HTTPS on this machine, both as a repository with an index and as a registry of OCI. */
export interface ChartServer {
  /** For `repo`. */
  readonly repository: string;
  /** For `chart`, without the chart's name: `oci://localhost:4711/charts`. */
  readonly registry: string;
  /** PEM file of the authority that its certificate is of: what `SSL_CERT_FILE` has to name. */
  readonly caFile: string;
  /** `GET /path`, in order. */
  readonly asked: string[];
  /** Packs a chart and offers it under its name and version in both ways, in the place of what was there. Returns the archive. */
  publish(
    files: Readonly<Record<string, string>>,
    named?: { readonly name?: string; readonly version?: string },
  ): Promise<Buffer>;
  /** What every request is answered from now on; null: as it should be. */
  refuse(status: number | null): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

export const startChartServer = async (): Promise<ChartServer> => {
  const asked: string[] = [];
  const files = new Map<string, { readonly bytes: Buffer; readonly type: string }>();
  const versions = new Map<string, Map<string, string>>();
  let refusal: number | null = null;
  const answer: RequestListener = (request, response) => {
    const at = new URL(request.url ?? '/', 'https://localhost').pathname;
    asked.push(`${request.method} ${at}`);
    const file = files.get(at);
    if (refusal !== null || file === undefined) {
      response.writeHead(refusal ?? 404, { 'content-type': 'application/json' }).end('{"errors":[]}');
      return;
    }
    response.writeHead(200, {
      'content-type': file.type,
      'content-length': String(file.bytes.length),
      'docker-content-digest': digestOf(file.bytes),
    });
    response.end(request.method === 'HEAD' ? undefined : file.bytes);
  };
  const secure = createSecure(
    {
      key: readFileSync(path.join(certificates, 'mirror.key')),
      cert: readFileSync(path.join(certificates, 'mirror.pem')),
    },
    answer,
  );
  const plain = createPlain(answer);
  const sockets = new Set<Socket>();
  // Helm 3 asks a registry on localhost without TLS, and Helm 4 with it.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      (first[0] === 0x16 ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  const put = (at: string, bytes: Buffer, type = 'application/octet-stream'): void => {
    files.set(at, { bytes, type });
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  put('/v2/', json({}), 'application/json');

  const offer = (name: string, version: string, archive: Buffer): void => {
    put(`/repository/${name}-${version}.tgz`, archive);
    const known = versions.get(name) ?? new Map<string, string>();
    versions.set(name, known.set(version, digestOf(archive)));
    const entries = [...versions].map(([chart, all]) => [
      chart,
      [...all].map(([one, digest]) => ({
        apiVersion: 'v2',
        name: chart,
        version: one,
        digest: digest.replace('sha256:', ''),
        urls: [`${chart}-${one}.tgz`],
      })),
    ]);
    // JSON is YAML.
    put('/repository/index.yaml', json({ apiVersion: 'v1', entries: Object.fromEntries(entries) }));

    const config = json({ apiVersion: 'v2', name, version });
    const blob = (bytes: Buffer, mediaType: string) => {
      put(`/v2/charts/${name}/blobs/${digestOf(bytes)}`, bytes);
      return { mediaType, digest: digestOf(bytes), size: bytes.length };
    };
    const manifest = json({
      schemaVersion: 2,
      mediaType: manifestType,
      config: blob(config, 'application/vnd.cncf.helm.config.v1+json'),
      layers: [blob(archive, 'application/vnd.cncf.helm.chart.content.v1.tar+gzip')],
    });
    for (const reference of [version, digestOf(manifest)])
      put(`/v2/charts/${name}/manifests/${reference}`, manifest, manifestType);
    put(`/v2/charts/${name}/tags/list`, json({ name: `charts/${name}`, tags: [...known.keys()] }));
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the charts have no port');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  return {
    repository: `https://localhost:${address.port}/repository`,
    registry: `oci://localhost:${address.port}/charts`,
    caFile: path.join(certificates, 'ca.pem'),
    asked,
    publish: async (content, { name = 'web', version = '1.0.0' } = {}) => {
      const chart = writeChart(content, { name, version });
      const out = temporaryFolder('packed');
      const packed = await runTool('helm', 4, ['package', chart, '--destination', out], { HOME: out });
      if (packed.exitCode !== 0) throw new Error(packed.stderr);
      const archive = readFileSync(path.join(out, `${name}-${version}.tgz`));
      offer(name, version, archive);
      return archive;
    },
    refuse: (status) => {
      refusal = status;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};
