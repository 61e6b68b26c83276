import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import path from 'node:path';
import { createMessage, generateKey, readKey, readPrivateKey, sign } from 'openpgp';
import { type ZipEntry, zip } from './zip.ts';

const certificates = path.resolve('test/fixtures/mirror-certificates');
const [os, arch] = [process.platform, process.arch === 'x64' ? 'amd64' : process.arch];

/** A registry of providers over HTTPS on this machine, as `init` and `providers mirror` ask one, with a key of its own. */
export interface ProviderRegistry {
  /** `localhost:4711` */
  readonly host: string;
  /** PEM file of the authority that its certificate is of. */
  readonly caFile: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** Called when a package is asked for, which is sent when that is over. */
  onPackage(wait: (name: string) => Promise<void>): void;
  /** Publishes `acme/TYPE`. Returns the archive. */
  publish(type: string, version: string, more?: { readonly entries?: readonly ZipEntry[] }): Promise<Buffer>;
  /** From now on other bytes come than those that were signed. */
  swap(type: string, version: string): void;
  close(): Promise<void>;
}

/** The line of a lock file that an archive has to be. */
export const zipHash = (archive: Buffer): string =>
  `zh:${createHash('sha256').update(archive).digest('hex')}`;

/** The text of a lock file. */
export const lockText = (
  locked: Readonly<Record<string, { readonly version: string; readonly hashes: readonly string[] }>>,
): string =>
  Object.entries(locked)
    .map(
      ([address, { version, hashes }]) =>
        `provider "${address}" {\n  version     = "${version}"\n  constraints = ">= 1.0.0"\n  hashes = ${JSON.stringify(hashes)}\n}\n`,
    )
    .join('\n');

export const providerArchive = (type: string, version: string): string =>
  `terraform-provider-${type}_${version}_${os}_${arch}.zip`;

export const startProviderRegistry = async (): Promise<ProviderRegistry> => {
  const key = await generateKey({ userIDs: [{ name: 'Registry' }], format: 'armored' });
  const keyId = (await readKey({ armoredKey: key.publicKey })).getKeyID().toHex().toUpperCase();
  const asked: string[] = [];
  const files = new Map<string, Buffer>();
  const versions = new Map<string, string[]>();
  let wait: (name: string) => Promise<void> = async () => undefined;
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  files.set('/.well-known/terraform.json', json({ 'providers.v1': '/v1/providers/' }));
  const server = createServer(
    {
      key: readFileSync(path.join(certificates, 'mirror.key')),
      cert: readFileSync(path.join(certificates, 'mirror.pem')),
    },
    async (request, response) => {
      const at = request.url ?? '';
      asked.push(at);
      if (at.endsWith('.zip')) await wait(path.basename(at));
      const file = files.get(at);
      const type =
        at.endsWith('.zip') || at.startsWith('/files') ? 'application/octet-stream' : 'application/json';
      response.writeHead(file === undefined ? 404 : 200, { 'content-type': type }).end(file);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the registry has no port');
  return {
    host: `localhost:${address.port}`,
    caFile: path.join(certificates, 'ca.pem'),
    asked,
    onPackage: (next) => {
      wait = next;
    },
    publish: async (type, version, { entries } = {}) => {
      const archive = zip(
        entries ?? [
          {
            name: `terraform-provider-${type}_v${version}`,
            content: Buffer.from(`provider ${type} ${version}`),
          },
        ],
      );
      const filename = providerArchive(type, version);
      const shasum = createHash('sha256').update(archive).digest('hex');
      const sums = Buffer.from(`${shasum}  ${filename}\n`);
      const signature = await sign({
        message: await createMessage({ binary: new Uint8Array(sums) }),
        signingKeys: await readPrivateKey({ armoredKey: key.privateKey }),
        detached: true,
        format: 'binary',
      });
      files.set(`/files/${filename}`, archive);
      files.set(`/files/${filename}.sums`, sums);
      files.set(`/files/${filename}.sig`, Buffer.from(signature));
      const all = [...(versions.get(type) ?? []), version];
      versions.set(type, all);
      files.set(
        `/v1/providers/acme/${type}/versions`,
        json({
          versions: all.map((one) => ({ version: one, protocols: ['5.0'], platforms: [{ os, arch }] })),
        }),
      );
      files.set(
        `/v1/providers/acme/${type}/${version}/download/${os}/${arch}`,
        json({
          protocols: ['5.0'],
          os,
          arch,
          filename,
          download_url: `/files/${filename}`,
          shasums_url: `/files/${filename}.sums`,
          shasums_signature_url: `/files/${filename}.sig`,
          shasum,
          signing_keys: { gpg_public_keys: [{ key_id: keyId, ascii_armor: key.publicKey }] },
        }),
      );
      return archive;
    },
    swap: (type, version) => {
      files.set(
        `/files/${providerArchive(type, version)}`,
        zip([{ name: `terraform-provider-${type}_v${version}`, content: Buffer.from('of somebody else') }]),
      );
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
