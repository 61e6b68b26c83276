import { type Finding, fail, octal, ok, skip, warn } from './finding.ts';

/** The data folder, or the folder above it that is there already. */
export interface DataFolder {
  readonly path: string;
  /** Null: it is not there yet. */
  readonly owner: { readonly uid: number; readonly mode: number; readonly isFolder: boolean } | null;
  /** May this user write there, or make it? */
  readonly writable: boolean;
  readonly uid: number | null;
  readonly freeBytes: number | null;
  readonly fileSystem: string | null;
}

const networkFileSystems = ['nfs', 'cifs', 'smb2', 'smb', 'afs', 'ceph', '9p', 'fuse', 'lustre', 'gfs2'];

/** In the units of `free_space_floor`. */
const size = (bytes: number): string =>
  bytes < 1e9 ? `${Math.floor(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

const checkOwner = (folder: DataFolder): Finding => {
  const check = 'data folder';
  const { path, owner, uid, writable } = folder;
  if (owner === null)
    return writable
      ? ok(check, `\`${path}\` is not there yet; the first start makes it`)
      : fail(
          check,
          `\`${path}\` is not there, and cannot be made`,
          'Make it and give it to the user that the server runs as.',
        );
  if (!owner.isFolder) return fail(check, `\`${path}\` is no folder`, 'Correct `TIDEGATE_DATA_DIR`.');
  if (uid !== null && owner.uid !== uid)
    return fail(
      check,
      `\`${path}\` belongs to user ${owner.uid}, and this is user ${uid}`,
      `Run the doctor as the server's own user; if it is this one: \`chown -R ${uid} ${path}\`.`,
    );
  if ((owner.mode & 0o022) !== 0)
    return fail(
      check,
      `others can write to \`${path}\` (mode ${octal(owner.mode)})`,
      `Look at who put what into it, then run \`chmod 700 ${path}\`. The server refuses it as it is.`,
    );
  if (!writable) return fail(check, `\`${path}\` cannot be written to`, 'Is it mounted read-only?');
  if ((owner.mode & 0o077) !== 0)
    return warn(
      check,
      `others can look into \`${path}\` (mode ${octal(owner.mode)})`,
      `Run \`chmod 700 ${path}\`; the server does so when it starts.`,
    );
  return ok(check, `\`${path}\`, mode ${octal(owner.mode)}`);
};

/** @param floor bytes below which the server takes no webhook and starts no run; 0 for none */
export const checkDataFolder = (folder: DataFolder, floor: number): readonly Finding[] => {
  const { freeBytes, fileSystem } = folder;
  const more = 'Give it more room, or lower `free_space_floor` in the operator file.';
  const space =
    freeBytes === null
      ? fail('free space', 'cannot be read', 'Look at the disk of the data folder.')
      : freeBytes < floor
        ? fail(
            'free space',
            `${size(freeBytes)}, below the floor of ${size(floor)}: webhooks are refused and no run starts`,
            more,
          )
        : freeBytes < 2 * floor
          ? warn('free space', `${size(freeBytes)}, and the floor is ${size(floor)}`, more)
          : ok('free space', size(freeBytes));
  const disk =
    fileSystem === null
      ? skip('file system', 'its kind is not known')
      : networkFileSystems.includes(fileSystem)
        ? warn(
            'file system',
            `${fileSystem}: over a network, or like one`,
            'Put the data folder on a disk of this machine: the database and the lock on the folder need locks and syncs that hold.',
          )
        : ['tmpfs', 'ramfs'].includes(fileSystem)
          ? warn(
              'file system',
              `${fileSystem}: gone with the next restart`,
              'Put the data folder on a disk that stays: locks, runs and plans live in it.',
            )
          : ok('file system', fileSystem);
  return [checkOwner(folder), space, disk];
};
