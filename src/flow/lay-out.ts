import { laidOutFor } from '../config/reads.ts';
import type { TreeId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { WrittenFile } from '../git/port.ts';
import { rescueState } from './execute.ts';
import type { FlowPorts } from './ports.ts';

/** The tree that is laid out for a run: that of the run, or the part of it that its project may read. */
export const laidOutTree = async (
  { git }: Pick<FlowPorts, 'git'>,
  { repositoryId, tree, project }: Pick<Run, 'repositoryId' | 'tree' | 'project'>,
): Promise<TreeId> => {
  const keeps = laidOutFor(project);
  return keeps === null ? tree : await git.part(repositoryId, tree, keeps);
};

type Ports = Pick<FlowPorts, 'git' | 'checkouts'>;

/**
 * Brings the checkout of a run back to what its project may read, whichever project was laid out there before; the caller holds it. No
 * tool is started in a checkout that was laid out in another way.
 *
 * @param by the run that is on record for a state file that is found there
 * @param folder absolute; where it is not that of the run
 */
export const layOut = async (
  ports: Ports & Parameters<typeof rescueState>[0],
  run: Run,
  by: Run = run,
  folder: string = ports.checkouts.folderOf(run),
): Promise<void> => {
  const tree = await laidOutTree(ports, run);
  await ports.git.checkout(run.repositoryId, tree, folder, rescueState(ports, by));
};

/** Lays out what a project may read in a folder that is for this alone, where no state is ever made. */
export const layOutAlone = async (
  ports: Pick<FlowPorts, 'git'>,
  run: Pick<Run, 'repositoryId' | 'tree' | 'project'>,
  folder: string,
): Promise<void> =>
  ports.git.checkout(run.repositoryId, await laidOutTree(ports, run), folder, nothingToRescue);

export const nothingToRescue = async (): Promise<void> => undefined;

/** What tools wrote there since. */
export const writtenIn = async (ports: Ports, run: Run): Promise<readonly WrittenFile[]> =>
  ports.git.written(run.repositoryId, await laidOutTree(ports, run), ports.checkouts.folderOf(run));
