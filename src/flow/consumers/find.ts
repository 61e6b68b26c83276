import type { ConsumersRule } from '../../config/consumers.ts';
import type { UsedModules } from '../../domain/consumers.ts';
import { gitModule } from '../../domain/module-source.ts';
import { UserError } from '../../domain/problem.ts';
import { fullNameOf, type Pull } from '../../domain/pull.ts';
import { ForgeError } from '../../forge/port.ts';
import { FetchFailed } from '../../git/port.ts';
import type { Discovery } from '../discovery.ts';
import type { FlowPorts } from '../ports.ts';
import { callersOf, usedBy } from './used.ts';

/** Each costs requests. */
const mostRepositories = 500;

/** A project by its name, in what the tip of its repository uses. */
export interface FoundCaller {
  readonly used: UsedModules;
  readonly project: string;
}

export interface FoundCallers {
  /** Those that use what the pull request changes, by repository and name. */
  readonly touched: readonly FoundCaller[];
  readonly untouched: number;
  readonly repositories: number;
  /** Names of repositories that could not be looked at. */
  readonly unread: readonly string[];
}

/** Which projects of which repositories use the module, as far as the operator lets them be shown here. */
export const findCallers = async (
  ports: FlowPorts,
  pull: Pull,
  discovery: Discovery,
  rule: ConsumersRule,
): Promise<FoundCallers> => {
  const { forge, operator } = ports;
  const modules = pull.ref.repo;
  const isTouched = (source: string): boolean => {
    const folder = gitModule(source)?.folder;
    return folder !== undefined && discovery.touches(folder);
  };
  const all = await forge.repositories(modules.installationId);
  const shown = all
    .filter(
      (repo) => repo.id !== modules.id && operator.allows(fullNameOf(repo)) && rule.shows(fullNameOf(repo)),
    )
    .toSorted((one, other) => fullNameOf(one).localeCompare(fullNameOf(other), 'en'));
  const unread = shown.slice(mostRepositories).map(fullNameOf);
  const touched: FoundCaller[] = [];
  let untouched = 0;
  let repositories = 0;
  for (const repo of shown.slice(0, mostRepositories)) {
    const used = await usedBy(ports, repo).catch((error: unknown) => {
      if (!isAbout(error)) throw error;
      ports.log.warn('what a repository uses was not read', {
        repository: fullNameOf(repo),
        error: String(error),
      });
      unread.push(fullNameOf(repo));
      return null;
    });
    // Its name may be another one by now.
    if (used === null || !operator.allows(fullNameOf(used.repo)) || !rule.shows(fullNameOf(used.repo)))
      continue;
    const callers = callersOf(used, modules);
    if (callers.length > 0) repositories += 1;
    for (const { name, calls } of callers.toSorted((one, other) => one.name.localeCompare(other.name, 'en')))
      if (calls.some(({ source }) => isTouched(source))) touched.push({ used, project: name });
      else untouched += 1;
  }
  return { touched, untouched, repositories, unread };
};

/** It is that repository's matter, and the others are looked at all the same. */
const isAbout = (error: unknown): boolean =>
  error instanceof UserError ||
  (error instanceof ForgeError && error.failure === 'gone') ||
  (error instanceof FetchFailed && error.reason !== 'local');
