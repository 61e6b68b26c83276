import { hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { startRefused } from './start-refused.ts';
import { syncFolder } from './sync-folder.ts';

/** One key per use, so that what one of them leaks says nothing about the others. 32 bytes each. */
export interface InstallKeys {
  /** Encrypts plan artifacts and other blobs. */
  readonly blobs: Buffer;
  /** Keys the HMAC that plan digests are. */
  readonly planDigest: Buffer;
  /** Keys the HMAC of a run's id that marks the records of its host. */
  readonly hosts: Buffer;
  /** Keys the HMAC that the head of the audit trail is signed with. */
  readonly audit: Buffer;
}

const keyBytes = 32;

/** HKDF-SHA-256 (RFC 5869) of the install's secret key with a label per use. A label is never changed: old plans would not open. */
export const deriveKeys = (secretKey: Buffer): InstallKeys => {
  if (secretKey.length !== keyBytes) throw new TypeError(`the secret key must have ${keyBytes} bytes`);
  const derive = (label: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secretKey, '', `tidegate ${label} 1`, keyBytes));
  return {
    blobs: derive('blobs'),
    planDigest: derive('plan digest'),
    hosts: derive('hosts'),
    audit: derive('audit'),
  };
};

export interface SecretKeyOptions {
  /** Outside the data folder: a copy of the data alone must not open what is in it. */
  readonly path: string;
  /** Called when a key was made, with a sentence for people. */
  readonly warn: (sentence: string) => void;
}

const code = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);

const read = async (path: string): Promise<Buffer | null> => {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (code(error) === 'ENOENT') return null;
    throw startRefused(
      `The key file \`${path}\` can not be read (${String(code(error))}).`,
      'Make it readable for the user the server runs as, and for nobody else.',
      error,
    );
  });
  if (file === null) return null;
  try {
    // Asked of the open handle, so that what is checked is what is read.
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw startRefused(
        `Others can read or write the key file \`${path}\` (mode ${(mode & 0o777).toString(8)}).`,
        `Take their permission away with \`chmod 600 ${path}\`. If somebody may have read it, delete it: a new key is made, and stored plans have to be planned again.`,
      );
    }
    const text = (await file.readFile('utf8')).trim();
    const key = Buffer.from(text, 'base64');
    if (key.length !== keyBytes || key.toString('base64') !== text) {
      throw startRefused(
        `The key file \`${path}\` does not hold ${keyBytes} bytes in base64.`,
        'Restore it from your backup, or delete it: a new key is made, and stored plans have to be planned again.',
      );
    }
    return key;
  } finally {
    await file.close();
  }
};

/** Writes a new key under a name of its own and links it into place: the file is there whole or not at all, and the first one stays. */
const make = async (path: string): Promise<'made' | 'there'> => {
  const folder = dirname(resolve(path));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${randomBytes(keyBytes).toString('base64')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
    return 'made';
  } catch (error) {
    if (code(error) === 'EEXIST') return 'there';
    throw error;
  } finally {
    await unlink(temporary).catch(() => {});
    await syncFolder(folder);
  }
};

/**
 * The install's secret key from its file, 0600; made, with a warning, when it is absent.
 * Throws UserError `cannot-start` for a file that others can read or that holds no key.
 */
export const loadOrMakeSecretKey = async ({ path, warn }: SecretKeyOptions): Promise<Buffer> => {
  const present = await read(path);
  if (present !== null) return present;
  const outcome = await make(path);
  // Read back even when we made it: two servers starting together must end up with the same one.
  const key = await read(path);
  if (key === null) throw new Error(`the key file ${path} vanished while the server was starting`);
  if (outcome === 'made') {
    warn(
      `No \`TIDEGATE_SECRET_KEY\` was given: a new key was made in \`${path}\`. Keep a copy: without it stored plans can not be applied.`,
    );
  }
  return key;
};

/**
 * The same key for who looks at what a server left: it is never made. Throws UserError `cannot-start`, also where there is none.
 */
export const loadSecretKey = async (path: string): Promise<Buffer> => {
  const key = await read(path);
  if (key !== null) return key;
  throw startRefused(
    `There is no key of this installation: neither \`TIDEGATE_SECRET_KEY\` nor the file \`${path}\`.`,
    'Give the key that the server has, in the same variable or in that file.',
  );
};
