import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import path from 'node:path';
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { standIn } from './stand-in-tool.ts';
import { type ZipEntry, zip } from './zip.ts';

const certificates = path.resolve('test/fixtures/mirror-certificates');

/** What a mirror answers to a path, instead of what it has. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A mirror of releases over HTTPS on this machine, with a key of its own. */
export interface ReleaseMirror {
  readonly url: string;
  /** PEM file of the authority that its certificate is of. */
  readonly caFile: string;
  /** Armored key that it signs with. */
  readonly keyFile: string;
  /** What was asked for, in order. */
  readonly asked: string[];
  /** Files by path, with `/`; what is not there is 404. */
  readonly files: Map<string, Buffer>;
  readonly answers: Map<string, Answer>;
  /** Puts a release there, signed, and into the index. The archive has a stand-in, or these entries. */
  add(version: string, entries?: readonly ZipEntry[]): Promise<void>;
  /** Signs the checksums of a release anew, with a key of somebody else if asked to. */
  sign(version: string, by?: 'stranger'): Promise<void>;
  close(): Promise<void>;
}

const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
export const archiveOf = (version: string): string => `/${version}/terraform_${version}_${platform}.zip`;
export const sumsOf = (version: string): string => `/${version}/terraform_${version}_SHA256SUMS`;

const newKey = async (name: string) => {
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name }], format: 'armored' });
  return { privateKey, publicKey };
};

const signature = async (bytes: Buffer, armoredKey: string): Promise<Buffer> => {
  const made = await sign({
    message: await createMessage({ binary: new Uint8Array(bytes) }),
    signingKeys: await readPrivateKey({ armoredKey }),
    detached: true,
    format: 'binary',
  });
  return Buffer.from(made);
};

/** @param folder where the key is written that tools are to believe, absolute */
export const startReleaseMirror = async (folder: string): Promise<ReleaseMirror> => {
  const [own, stranger] = await Promise.all([newKey('Mirror'), newKey('Stranger')]);
  const keyFile = path.join(folder, 'mirror.asc');
  writeFileSync(keyFile, own.publicKey);
  const asked: string[] = [];
  const files = new Map<string, Buffer>();
  const answers = new Map<string, Answer>();
  const versions: string[] = [];
  const server = createServer(
    {
      key: readFileSync(path.join(certificates, 'mirror.key')),
      cert: readFileSync(path.join(certificates, 'mirror.pem')),
    },
    (request, response) => {
      const at = request.url ?? '';
      asked.push(at);
      const answer = answers.get(at);
      if (answer !== undefined) return answer(request, response);
      const file = files.get(at);
      response.writeHead(file === undefined ? 404 : 200, { 'content-length': file?.length ?? 0 }).end(file);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the mirror has no port');
  const resign: ReleaseMirror['sign'] = async (version, by) => {
    const sums = files.get(sumsOf(version)) ?? Buffer.alloc(0);
    files.set(
      `${sumsOf(version)}.sig`,
      await signature(sums, (by === undefined ? own : stranger).privateKey),
    );
  };
  return {
    url: `https://localhost:${address.port}`,
    caFile: path.join(certificates, 'ca.pem'),
    keyFile,
    asked,
    files,
    answers,
    sign: resign,
    add: async (version, entries) => {
      const archive = zip(
        entries ?? [
          { name: 'LICENSE.txt', content: Buffer.from('as you like'), mode: 0o100644 },
          { name: 'terraform', content: Buffer.from(standIn(version)) },
        ],
      );
      files.set(archiveOf(version), archive);
      const digest = createHash('sha256').update(archive).digest('hex');
      const other = '0'.repeat(64);
      files.set(
        sumsOf(version),
        Buffer.from(
          `${other}  terraform_${version}_plan9_mips.zip\n${digest}  ${path.basename(archiveOf(version))}\n`,
        ),
      );
      await resign(version);
      versions.push(version);
      const index = { name: 'terraform', versions: Object.fromEntries(versions.map((one) => [one, {}])) };
      files.set('/index.json', Buffer.from(JSON.stringify(index)));
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
