import type { RepoRef } from '../../domain/pull.ts';
import type { Frame } from '../../render/pages/view.ts';
import type { Reader } from './reader.ts';

/** What pages have in common: their frame, and addresses on the forge. */
export interface Framing {
  of(title: string, here: Frame['here'], reader: Reader | null): Frame;
  pullUrl(repo: RepoRef, number: number): string;
  commitUrl(repo: RepoRef, sha: string): string;
}

/**
 * @param base path that the pages are reached under, or empty
 * @param tells is anybody told of what happens, besides the forge?
 * @param webUrl of the forge, without a slash at its end
 */
export const createFraming = (base: string, webUrl: string, tells: boolean): Framing => {
  const repoUrl = ({ owner, name }: RepoRef): string =>
    `${webUrl}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  return {
    of: (title, here, reader) => ({
      title,
      base,
      here,
      tells,
      reader: reader === null ? null : { login: reader.actor?.login ?? null, csrf: reader.csrf },
    }),
    pullUrl: (repo, number) => `${repoUrl(repo)}/pull/${number}`,
    commitUrl: (repo, sha) => `${repoUrl(repo)}/commit/${sha}`,
  };
};
