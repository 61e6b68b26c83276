import { constants } from 'node:fs';
import { chmod, mkdir, open, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { refusedTarget } from '../domain/link-target.ts';
import {
  damaged,
  type Entry,
  formatArtifact,
  named,
  parseArtifact,
  refusedPath,
  sha256,
} from './artifact-format.ts';
import { hasRealFolders, inRealFolder, readNoFollow, statOf, unpackable } from './careful-files.ts';
import { differingPlan, packFolder } from './plan-folder.ts';
import type { ArtifactPlace, Artifacts } from './port.ts';

/**
 * Packs the plan's folder and the named files of a checkout. `paths` is everything the tool wrote, changed or removed,
 * relative to the checkout, `/` between names; what is not there (any more) is kept as removed. Of file
 * modes the permission bits are kept. The order of `paths` changes nothing.
 *
 * Throws UserError `tool-failed` for what can not be laid out again: links out of the checkout, sockets, pipes,
 * more than `limit` bytes together.
 */
const pack = async (
  place: ArtifactPlace & { readonly paths: readonly string[] },
  limit: number,
): Promise<Buffer> => {
  const planned = await packFolder(place.planDir, limit);
  let total = planned.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const entries: Entry[] = [];
  const files: Buffer[] = [];
  for (const path of [...new Set(place.paths)].sort()) {
    const refused = refusedPath(path);
    if (refused !== null) throw unpackable(path, refused);
    await inRealFolder(place.checkout, path, async (file) => {
      const found = file === null ? null : await statOf(file);
      if (file === null || found === null || found.isDirectory()) {
        entries.push({ kind: 'deleted', path });
      } else if (found.isSymbolicLink()) {
        const target = await readlink(file);
        const why = refusedTarget(path, target);
        if (why !== null) throw unpackable(path, `its target ${JSON.stringify(target)}: ${why}`);
        entries.push({ kind: 'link', path, target });
      } else if (found.isFile()) {
        const bytes = await readNoFollow(file, limit);
        total += bytes.length;
        if (total > limit) throw unpackable(path, `all files together are larger than ${limit} bytes`);
        const mode = found.mode & 0o777;
        entries.push({ kind: 'file', path, mode, size: bytes.length, sha256: sha256(bytes) });
        files.push(bytes);
      } else {
        throw unpackable(path, 'it is neither a file nor a link');
      }
    });
  }
  return formatArtifact(planned, entries, files);
};

const writeNew = async (
  path: string,
  content: Buffer | AsyncIterable<Uint8Array>,
  mode: number,
): Promise<void> => {
  const file = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  await chmod(path, mode);
};

/** Removes the file or link at `path`. A folder stays: nothing that was planned can want it gone. */
const removeOld = async (path: string, name: string): Promise<void> => {
  const found = await statOf(path);
  if (found?.isDirectory()) throw damaged(`${JSON.stringify(name)} is a folder in the checkout`);
  if (found !== null) await rm(path);
};

/** Of names, modes and digests of all files of an artifact, in bytes. */
const longestIndex = 64 * 1024 * 1024;

/**
 * Lays an artifact out: the plan's folder, and its files over a checkout that holds the planned tree.
 * The whole artifact is checked before anything is written, and nothing is written through a link.
 * Throws UserError `artifact-damaged`.
 */
const unpack = async (artifact: Buffer, place: ArtifactPlace, limit: number): Promise<void> => {
  // Nothing in it is compressed: what it says of its sizes is held against what is there, and this is all of it.
  if (artifact.length > limit + longestIndex) throw damaged(`it is larger than ${limit} bytes`);
  const { index, planned, files } = parseArtifact(artifact);
  // Removals first: a file may have made room for a folder of its name.
  for (const { path } of index.entries.filter((one) => one.kind === 'deleted')) {
    const absolute = join(place.checkout, path);
    if (!(await hasRealFolders(place.checkout, path, false))) continue;
    if ((await statOf(absolute))?.isDirectory() === false) await rm(absolute);
  }
  for (const one of index.entries) {
    if (one.kind === 'deleted') continue;
    const absolute = join(place.checkout, one.path);
    if (!(await hasRealFolders(place.checkout, one.path, true)))
      throw damaged(`a folder above ${JSON.stringify(one.path)} is a link or a file in the checkout`);
    await removeOld(absolute, one.path);
    if (one.kind === 'link') await symlink(one.target, absolute);
    else await writeNew(absolute, files.get(one.path) ?? Buffer.alloc(0), one.mode);
  }
  await mkdir(place.planDir, { recursive: true, mode: 0o700 });
  for (const [path, bytes] of planned) {
    if (!(await hasRealFolders(place.planDir, path, true)))
      throw damaged(`a folder above ${named(path)} is a link or a file`);
    await removeOld(join(place.planDir, path), path);
    await writeNew(join(place.planDir, path), bytes, 0o600);
  }
};

const fits = async (checkout: string, one: Entry, bytes: Buffer | undefined): Promise<boolean> => {
  const absolute = join(checkout, one.path);
  const reachable = await hasRealFolders(checkout, one.path, false);
  const found = reachable ? await statOf(absolute) : null;
  switch (one.kind) {
    case 'deleted':
      return found === null || found.isDirectory();
    case 'link':
      return found?.isSymbolicLink() === true && (await readlink(absolute)) === one.target;
    case 'file':
      return (
        found?.isFile() === true &&
        (found.mode & 0o777) === one.mode &&
        bytes !== undefined &&
        (await readNoFollow(absolute)).equals(bytes)
      );
  }
};

/**
 * Compares an artifact with what is on disk, byte for byte. Returns the paths that differ (`(plan file)` for
 * the plan file, `(plan)/NAME` for others of its folder); empty means everything is as it was planned. Throws UserError `artifact-damaged` for an artifact that
 * does not fit itself.
 */
const differences = async (artifact: Buffer, place: ArtifactPlace): Promise<readonly string[]> => {
  const { index, planned, files } = parseArtifact(artifact);
  const differing = [...(await differingPlan(planned, place.planDir))];
  for (const one of index.entries) {
    if (!(await fits(place.checkout, one, files.get(one.path)))) differing.push(one.path);
  }
  return differing;
};

const verify = async (artifact: Buffer, place: ArtifactPlace): Promise<void> => {
  const paths = await differences(artifact, place);
  if (paths.length === 0) return;
  const named = paths.slice(0, 5).map((path) => JSON.stringify(path));
  const more = paths.length > named.length ? ` and ${paths.length - named.length} more` : '';
  throw damaged(`these are not as they were planned: ${named.join(', ')}${more}`);
};

const look: Artifacts['look'] = (checkout, path, limit) =>
  inRealFolder(checkout, path, async (file) => {
    // That a folder on the way is a link or a file is as odd as a link itself.
    if (file === null) return { kind: (await hasOdd(checkout, path)) ? 'odd' : 'nothing' };
    const found = await statOf(file);
    if (found === null) return { kind: 'nothing' };
    if (!found.isFile()) return { kind: 'odd' };
    if (found.size > limit) return { kind: 'too-large' };
    return { kind: 'file', bytes: await readNoFollow(file, limit), executable: (found.mode & 0o111) !== 0 };
  });

/** Is the first thing on the way that is no real folder there at all? */
const hasOdd = async (checkout: string, path: string): Promise<boolean> => {
  let folder = checkout;
  for (const name of path.split('/').slice(0, -1)) {
    folder = join(folder, name);
    const found = await statOf(folder);
    if (found?.isDirectory() !== true) return found !== null;
  }
  return false;
};

/**
 * Artifacts on this machine's disk. `limitBytes` bounds all files of one together (default 512 MB): they are
 * held in memory.
 */
export const createLocalArtifacts = ({
  limitBytes = 512 * 1024 * 1024,
}: {
  readonly limitBytes?: number;
} = {}): Artifacts => ({
  pack: (from) => pack(from, limitBytes),
  unpack: (bytes, to) => unpack(bytes, to, limitBytes),
  verify,
  look,
  put: (file, content) => writeNew(file, content, 0o600),
});
