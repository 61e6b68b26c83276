import path from 'node:path';
import type { Run } from '../domain/run.ts';
import type { StateFile } from '../sandbox/port.ts';
import type { FlowPorts } from './ports.ts';
import { lookOf } from './snapshot.ts';

type Ports = Pick<FlowPorts, 'git' | 'configuration' | 'runners' | 'snapshots' | 'operator'>;

/**
 * The state file by the project's own files in the tree of the run: the `local` backend's rule, as far as one block says it in plain
 * text. Null: it does not, and whoever shows single files shows none.
 */
const declaredIn = async (ports: Ports, run: Pick<Run, 'repositoryId' | 'tree' | 'project'>) => {
  const { dir, workspace, settings } = run.project;
  const { files } = await lookOf(ports, run.repositoryId, run.tree);
  const own = [...files].filter(([file]) => path.posix.dirname(file) === dir);
  const backends = own.flatMap(([, { code }]) => code.backends);
  const [backend, ...more] = backends;
  const isSure = more.length === 0 && settings.backendFiles.length === 0;
  if (backend === undefined || backend.type !== 'local' || !backend.isPlain || !isSure) return null;
  const { localPath: file, localWorkspaceDir: workspaceDir } = backend;
  const at =
    workspace === 'default'
      ? file
      : workspaceDir === null
        ? null
        : path.join(workspaceDir, workspace, 'terraform.tfstate');
  // A relative one would lead elsewhere behind a wall.
  return at === null || !path.isAbsolute(at) ? null : path.normalize(at);
};

/**
 * Where a run's tool may keep its state on this machine, as a part of what its session is opened with. Nothing where the operator
 * allows none, or the runner keeps none.
 * @param checkout absolute; where the run's tree is laid out
 * @param isShared as `StateFile.isShared`
 */
export const stateOf = (
  ports: Ports,
  run: Pick<Run, 'repositoryId' | 'tree' | 'project'>,
  checkout: string,
  isShared = false,
): { readonly state?: StateFile } => {
  const { allowLocalState: folder } = ports.operator;
  const { project } = run;
  const runner = ports.runners.get(project.settings.runner);
  if (folder === null || runner === null || runner.inputs !== 'terraform-modules') return {};
  let declared: Promise<string | null> | null = null;
  return {
    state: {
      folder,
      isShared,
      declared: () => {
        declared ??= declaredIn(ports, run);
        return declared;
      },
      chosen: () => runner.localState(path.join(checkout, project.dir), project.workspace),
    },
  };
};
