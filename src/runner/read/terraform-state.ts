import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../domain/problem.ts';
import { readPlainFile } from '../plain-file.ts';

const workingFile = z.object({
  backend: z
    .object({
      type: z.string(),
      config: z.record(z.string(), z.unknown()).nullable().optional(),
    })
    .nullable()
    .optional(),
});

const readIfThere = async (projectFolder: string, name: string): Promise<string | null> =>
  (await readPlainFile(projectFolder, '.terraform', name))?.toString('utf8') ?? null;

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** A `cloud` block with one workspace name makes `init` select that name by itself. */
const cloudName = (config: Readonly<Record<string, unknown>>): string | null => {
  const workspaces = z.object({ name: z.string() }).safeParse(config['workspaces']);
  return workspaces.success ? workspaces.data.name : null;
};

const wrongWorkspace = (found: string, wanted: string): UserError =>
  new UserError({
    code: 'config-invalid',
    sentence: `Terraform has selected the workspace \`${found}\`, but the project's workspace is \`${wanted}\`.`,
    advice:
      'Set `workspace:` of the project in `tidegate.yaml`, and take the folder `.terraform` out of the repository if it was committed.',
  });

/**
 * Where Terraform keeps the state of a project, read after `init` from `.terraform/` in the
 * project's folder (absolute): null in a remote backend, else the absolute path of the state file.
 *
 * The `local` backend's rule: `path` for the workspace `default`, else
 * `<workspace_dir>/<workspace>/terraform.tfstate`; both relative to the project's folder.
 *
 * Also the place that makes sure of the selected workspace: for `default` no `workspace select` is run
 * (many backends refuse it), and a committed `.terraform/environment` would send the plan to
 * another state than the one that is locked. Throws UserError `config-invalid` then.
 */
export const terraformLocalState = async (
  projectFolder: string,
  workspace: string,
): Promise<string | null> => {
  const working = await readIfThere(projectFolder, 'terraform.tfstate');
  const backend = working === null ? null : (workingFile.parse(JSON.parse(working)).backend ?? null);
  const config = backend?.config ?? {};
  if (workspace === 'default') {
    const selected = (await readIfThere(projectFolder, 'environment'))?.trim();
    const allowed = backend?.type === 'cloud' ? (cloudName(config) ?? 'default') : 'default';
    if (selected !== undefined && selected !== '' && selected !== allowed)
      throw wrongWorkspace(selected, workspace);
  }
  if (backend !== null && backend.type !== 'local') return null;
  const path =
    workspace === 'default'
      ? (text(config['path']) ?? 'terraform.tfstate')
      : join(text(config['workspace_dir']) ?? 'terraform.tfstate.d', workspace, 'terraform.tfstate');
  return resolve(projectFolder, path);
};
