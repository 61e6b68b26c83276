import { everyFile, type Project, settingsFiles } from './project.ts';
import { isWithin, type RepoPath, root } from './repo-path.ts';
import type { FileRead } from './trust/code-facts.ts';

/** Terraform and OpenTofu read these by themselves, whatever they are told. */
const readAnyway =
  /(^|\/)(terraform\.tfvars(\.json)?|[^/]*\.auto\.tfvars(\.json)?|[^/]*\.(tf|tofu)(\.json)?|\.terraform\.lock\.hcl)$/;

const none: ReadonlySet<string> = new Set();

/**
 * Files in a project's dir that are variables or backend settings of others in the same dir, and none of its own: `env/dev.tfvars`
 * is no reason to plan what is planned with `env/prod.tfvars`. Only where nothing says that it may be read all the same: a function
 * that reads files, a workflow whose programs do, or a glob of `when_modified`.
 *
 * @param all of one dir
 * @param reads what the code of the dir and of its modules reads by name
 */
export const siblingFiles = (
  project: Project,
  all: readonly Project[],
  reads: () => readonly FileRead[],
): ReadonlySet<string> => {
  const { dir, settings, whenModified } = project;
  if (all.length < 2 || settings.workflow !== null) return none;
  if (whenModified.some((glob) => !everyFile.includes(glob))) return none;
  const own = settingsFiles(project);
  const others = new Set(all.flatMap((one) => [...settingsFiles(one)]));
  const candidates = [...others].filter(
    (path) => !own.has(path) && isWithin(path, dir) && !readAnyway.test(path),
  );
  if (candidates.length === 0) return none;
  const known = reads();
  return new Set(candidates.filter((path) => !known.some((read) => mayRead(read, dir, path))));
};

/** What is known of a path may be its beginning alone. */
const mayRead = ({ path }: FileRead, dir: RepoPath, file: string): boolean => {
  if (path === null || path.includes('..')) return true;
  const start = path.replace(/^\$\{path\.(module|root|cwd)\}\/*/, '').replace(/^(\.\/+)+/, '');
  const inDir = dir === root ? file : file.slice(dir.length + 1);
  return inDir.startsWith(start) || start.includes('./') || start.includes('//');
};
