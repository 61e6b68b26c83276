/** What a comment can ask for. */
export const verbs = ['plan', 'apply', 'unlock', 'status', 'help'] as const;
export type Verb = (typeof verbs)[number];

/** Globs or names; an empty list selects everything. Lists are alternatives, the three kinds are combined with "and". */
export interface Selector {
  readonly names: readonly string[];
  readonly dirs: readonly string[];
  readonly workspaces: readonly string[];
}

export interface Command {
  readonly verb: Verb;
  readonly selector: Selector;
  /** Tool arguments after `--`, each checked against the typed allow-list and ready as one argv element. */
  readonly extra: readonly string[];
}

export const everything: Selector = { names: [], dirs: [], workspaces: [] };
