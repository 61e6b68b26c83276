import type { ChartUse } from '../chart-file.ts';

/** What one configuration file brings that a first look is about. Lines count from 1 and are for people: null where nobody knows. */
export interface CodeFacts {
  readonly providers: readonly ProviderUse[];
  readonly modules: readonly ModuleUse[];
  readonly blocks: readonly RiskyBlock[];
  readonly reads: readonly FileRead[];
  readonly backends: readonly BackendUse[];
  /** Blocks that say how OpenTofu encrypts states and plans. */
  readonly encryptions: readonly BackendUse[];
  /** Digests of `import` blocks. */
  readonly imports: readonly string[];
  /** Of a dependency lock file. */
  readonly locked: readonly LockedProvider[];
  /** That a chart takes from elsewhere. */
  readonly charts: readonly ChartUse[];
}

export const noCode: CodeFacts = {
  providers: [],
  modules: [],
  blocks: [],
  reads: [],
  backends: [],
  encryptions: [],
  imports: [],
  locked: [],
  charts: [],
};

/** Has it expressions that a tool evaluates before it starts, to fetch modules and to find the state? */
export const isEarly = ({ modules, backends, encryptions }: CodeFacts): boolean =>
  [...modules, ...backends, ...encryptions].some(({ isPlain }) => !isPlain);

/** A provider that is required, or used by its local name. */
export interface ProviderUse {
  readonly name: string;
  /** As it is written; null: used, or required without a source. */
  readonly source: string | null;
  readonly line: number | null;
}

export interface ModuleUse {
  /** As it is written. */
  readonly source: string;
  /** False: it or its version is an expression, and what that comes to is not known. */
  readonly isPlain: boolean;
  /** Where it is an expression, all that feeds it: two trees with the same of it use the same module. Absent: not looked for. */
  readonly feeds?: string;
  readonly version: string | null;
  readonly name: string;
  readonly line: number | null;
}

/** A block that runs something, or reaches out of the repository. */
export interface RiskyBlock {
  readonly kind: 'program' | 'provisioner' | 'http' | 'remote_state';
  /** For example `data.external.ids`, `null_resource.x: local-exec`. */
  readonly subject: string;
  /** Of all that is in it. */
  readonly digest: string;
  /** Texts in it that may name a file of the repository. */
  readonly texts: readonly string[];
  readonly line: number | null;
}

/** Something that reads a file by name. */
export interface FileRead {
  readonly subject: string;
  /** What is known of the path, `${path.module}` and the like kept; null: nothing. */
  readonly path: string | null;
  readonly line: number | null;
}

export interface BackendUse {
  readonly type: string;
  /** Of its settings, or, where these have expressions that are not known, of all that feeds them. */
  readonly digest: string;
  /** Its settings come from elsewhere. */
  readonly isEmpty: boolean;
  /** False: an expression is in it, so that other files say what it is. */
  readonly isPlain: boolean;
  /** Of a `local` one: its `path` and its `workspace_dir`, as they are written; null for one that is not there, or no plain text. */
  readonly localPath: string | null;
  readonly localWorkspaceDir: string | null;
  readonly line: number | null;
}

export interface LockedProvider {
  /** `registry.terraform.io/hashicorp/null`. */
  readonly address: string;
  readonly version: string;
  readonly hashes: readonly string[];
  readonly line: number | null;
}
