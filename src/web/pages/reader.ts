import type { Actor, RepoRef } from '../../domain/pull.ts';

/** Who looks at a page, and what they may see of it. */
export interface Reader {
  /** Null: whoever holds the link of this start, whom GitHub does not know. */
  readonly actor: Actor | null;
  /** Goes into every form. */
  readonly csrf: string;
  /** By id; null: of all. At most a minute old. */
  readonly repositories: ReadonlyMap<number, RepoRef> | null;
  /** Is it all still so? For what is sent over a longer time. Never throws. */
  stillIn(repositoryId: number): Promise<boolean>;
}

export const sees = ({ repositories }: Reader, repositoryId: number): boolean =>
  repositories === null || repositories.has(repositoryId);

/** How people get in: by the link of this start, or through GitHub. */
export interface Door {
  /** Null: nobody we know. Throws ForgeError where GitHub cannot be asked. */
  reader(cookies: string): Promise<Reader | null>;
  /** For somebody who is not in: a redirect, or words. `path` is where they wanted to go, with its query. */
  turnAway(path: string): Response;
}
