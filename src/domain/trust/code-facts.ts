import type { ChartUse } from '../chart-file.ts';

/** What one configuration file brings that a first look is about. Lines count from 1 and are for people: null where nobody knows. */
export interface CodeFacts {
  readonly providers: readonly ProviderUse[];
  readonly modules: readonly ModuleUse[];
  readonly blocks: readonly RiskyBlock[];
  readonly reads: readonly FileRead[];
  readonly backends: readonly BackendUse[];
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
  imports: [],
  locked: [],
  charts: [],
};

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
  /** False: it is an expression, so nobody knows where the module comes from. */
  readonly isPlain: boolean;
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
  readonly digest: string;
  /** Its settings come from elsewhere. */
  readonly isEmpty: boolean;
  /** False: an expression is in it, so that other files say what it is. */
  readonly isPlain: boolean;
  readonly line: number | null;
}

export interface LockedProvider {
  /** `registry.terraform.io/hashicorp/null`. */
  readonly address: string;
  readonly version: string;
  readonly hashes: readonly string[];
  readonly line: number | null;
}
