import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { planFileName } from '../domain/plan-folder.ts';
import { UserError } from '../domain/problem.ts';
import { refusedPath } from './artifact-format.ts';
import { inRealFolder, readNoFollow, unpackable } from './careful-files.ts';

/** Files of one plan's folder, and folders in folders. */
const filesUpTo = 10_000;
const deepest = 32;

/** All files below a folder, in the order of their paths. Throws UserError `tool-failed` for what is neither file nor folder. */
const filesIn = async (folder: string): Promise<readonly string[]> => {
  const found: string[] = [];
  const walk = async (below: string, depth: number): Promise<void> => {
    await inRealFolder(folder, `${below}.`, async (at) => {
      if (at === null) throw unpackable(below, 'a folder above it is a link');
      for (const one of await readdir(dirname(at), { withFileTypes: true })) {
        const path = `${below}${one.name}`;
        const refused = refusedPath(path);
        if (refused !== null) throw unpackable(path, refused);
        if (one.isDirectory()) {
          if (depth === deepest) throw unpackable(path, 'it is too deep');
          await walk(`${path}/`, depth + 1);
        } else if (one.isFile()) found.push(path);
        else throw unpackable(path, 'it is neither a file nor a folder');
        if (found.length > filesUpTo) throw unpackable(path, `there are more than ${filesUpTo} files`);
      }
    });
  };
  await walk('', 0);
  return found.sort();
};

/** The folder of the plan, whatever the tool put there: each file by its path. An empty folder is nothing. */
export const packFolder = async (folder: string, limit: number) => {
  const planned: { readonly path: string; readonly bytes: Buffer }[] = [];
  let total = 0;
  for (const path of await filesIn(folder)) {
    const bytes = await inRealFolder(folder, path, async (file) => {
      if (file === null) throw unpackable(path, 'a folder above it is a link');
      return readNoFollow(file, limit);
    });
    total += bytes.length;
    if (total > limit) throw unpackable(path, `all files together are larger than ${limit} bytes`);
    planned.push({ path, bytes });
  }
  return planned;
};

const inPlan = (path: string): string => (path === planFileName ? '(plan file)' : `(plan)/${path}`);

/** What of the plan's folder is not as it was, what came to it included: a tool may look for more than it wrote. */
export const differingPlan = async (
  planned: ReadonlyMap<string, Buffer>,
  folder: string,
): Promise<readonly string[]> => {
  const there = await filesIn(folder).catch((error: unknown) => {
    if (error instanceof UserError) return null;
    throw error;
  });
  if (there === null) return ['(plan)'];
  const differing = there.filter((path) => !planned.has(path)).map(inPlan);
  const found = new Set(there);
  for (const [path, bytes] of planned) {
    const same =
      found.has(path) &&
      (await inRealFolder(
        folder,
        path,
        async (file) => file !== null && (await readNoFollow(file)).equals(bytes),
      ));
    if (!same) differing.push(inPlan(path));
  }
  return differing;
};
