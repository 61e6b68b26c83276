import { isLocal } from './modules.ts';
import type { ModuleUse } from './trust/code-facts.ts';

/** A module that is not in the repository: a plan takes it as it is at that moment. */
export interface RemoteModule {
  /** As it is written. */
  readonly source: string;
  readonly version: string | null;
  readonly path: string;
  readonly line: number | null;
  /** Why it may be something else at the next plan, a phrase; null: it says one version, tag or commit. */
  readonly moves: string | null;
}

const fromRegistry = /^(?:[a-z0-9.-]+(?::\d+)?\/)?[\w-]+\/[\w-]+\/[a-z0-9]+(?:\/\/.*)?$/i;
const fromGit = /^(?:git::|git@|github\.com\/|bitbucket\.org\/)|\.git(?:\/\/|\?|$)/i;
const exact = /^=?\s*v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;
const commit = /^[0-9a-f]{40}$/i;
const versionTag = /^(?:[\w.-]*[-/])?v?\d+(?:\.\d+)+(?:[-+][\w.+-]+)?$/;

/** Why a module from elsewhere may change without a change here; null where it says exactly what it is. */
export const movesBecause = ({
  source,
  isPlain,
  version,
}: Pick<ModuleUse, 'source' | 'isPlain' | 'version'>): string | null => {
  if (!isPlain) return 'its source is an expression';
  if (fromGit.test(source)) {
    const query = source.includes('?') ? source.slice(source.indexOf('?') + 1) : '';
    const ref = new URLSearchParams(query).get('ref');
    if (ref === null || ref === '') return 'it names no `ref`';
    return commit.test(ref) || versionTag.test(ref) ? null : `\`${ref}\` may be a branch`;
  }
  if (!fromRegistry.test(source)) return 'it is whatever lies at that address';
  if (version === null) return 'it names no version';
  return exact.test(version.trim()) ? null : `\`${version}\` is more than one version`;
};

/** The calls of modules in other repositories among those of one file. */
export const remoteModulesIn = (path: string, modules: readonly ModuleUse[]): readonly RemoteModule[] =>
  modules.flatMap((use) => {
    const { source, version, line, isPlain } = use;
    if (isPlain && (isLocal(source) || source.startsWith('/'))) return [];
    return [{ source, version, path, line, moves: movesBecause(use) }];
  });
