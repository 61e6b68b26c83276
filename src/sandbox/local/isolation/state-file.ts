import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, mkdtemp, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { UserError } from '../../../domain/problem.ts';
import type { StateFile } from '../../port.ts';
import { type Place, statesOf } from './isolation.ts';

const isIn = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !way.startsWith('/');
};

const factsOf = (path: string) =>
  lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });

const otherFile = (chosen: string): UserError =>
  new UserError({
    code: 'state-in-checkout',
    sentence: `The tool keeps its state in \`${chosen}\`, and the files of the branch do not say so plainly: behind a wall it does not see that file.`,
    advice:
      'Write the absolute path as plain text into the `backend "local"` block (`path`, or `workspace_dir` for other workspaces than `default`): no variable, no override file, no file of `backend_files`.',
  });

const noPlainFile = (path: string): UserError =>
  new UserError({
    code: 'state-in-checkout',
    sentence: `\`${path}\` is no plain file in the folder of \`allow_local_state\`: there is a link on the way, or something else in its place.`,
    advice: 'Put the state file itself there, or name another path in the `backend "local"` block.',
  });

/** Is the file there? Throws UserError for a link, or anything else that is no file, and for a folder that leads elsewhere. */
const isThere = async (folder: string, file: string): Promise<boolean> => {
  const facts = await factsOf(file);
  if (facts === null) return false;
  if (!facts.isFile() || !isIn(await realpath(folder), await realpath(file))) throw noPlainFile(file);
  return true;
};

/** Made empty where it is missing, which tools take for no state, so that it can be shown. Follows no link. */
const makeFile = async (folder: string, file: string): Promise<void> => {
  if (!(await isThere(folder, file))) await (await open(file, 'wx', 0o600)).close();
};

/** Files of the state that a step which changes it has: Terraform writes both in place. */
const filesFor = async ({ folder }: StateFile, file: string): Promise<readonly string[]> => {
  const around = dirname(file);
  await mkdir(around, { recursive: true, mode: 0o700 });
  const [top, at] = [await realpath(folder), await realpath(around)];
  if (at !== top && !isIn(top, at)) throw noPlainFile(file);
  await makeFile(folder, file);
  if ((await lstat(file)).size === 0) return [file];
  // What was there before is written to it first.
  const backup = `${file}.backup`;
  await makeFile(folder, backup);
  return [file, backup];
};

/**
 * Arguments of bwrap that show a tool the file of its state, at its own path, in a folder that has nothing else and goes with the run.
 * What reads only gets a copy, for it takes the lock by writing beside it. What changes the state gets the file itself.
 *
 * Throws UserError `state-in-checkout` where the tool has chosen another file of the operator's folder than the reviewed files say:
 * with no file it would plan to make everything anew, and what it wrote would be lost.
 */
export const stateRooms = async (
  place: Pick<Place, 'folder' | 'mutates' | 'state'>,
): Promise<readonly string[]> => {
  const { state, mutates } = place;
  if (state === null) return [];
  const [declared, chosen] = [await state.declared(), await state.chosen()];
  const file = declared !== null && isIn(state.folder, declared) ? declared : null;
  if (chosen !== null && isIn(state.folder, chosen) && chosen !== file) throw otherFile(chosen);
  if (file === null) return [];
  // Of this step alone: another one of the run may be at work in its own.
  const own = await mkdtemp(join(statesOf(place.folder), 'state-'));
  const shown = ['--bind', own, dirname(file)];
  if (mutates || state.isShared)
    return [...shown, ...(await filesFor(state, file)).flatMap((path) => ['--bind', path, path])];
  if (await isThere(state.folder, file)) {
    await copyFile(file, join(own, basename(file)), constants.COPYFILE_EXCL);
    await chmod(join(own, basename(file)), 0o600);
  }
  return shown;
};
