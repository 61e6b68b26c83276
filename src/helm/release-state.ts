/** One line of `helm history`. */
export interface Revision {
  readonly revision: number;
  readonly status: string;
  /** When, as Helm prints it. */
  readonly updated: string;
}

/** What stands before the next upgrade of a release, and from where Helm goes (decision 45, the table of release states). */
export type ReleaseState =
  /** There is none: Helm installs. `history` where it was uninstalled and its history kept. */
  | { readonly kind: 'install'; readonly history: number | null }
  /** `failed`: the last attempt, which did not end well and which Helm does not go from. */
  | { readonly kind: 'upgrade'; readonly base: number; readonly failed: number | null }
  /** Nothing was ever, or is any longer, deployed; Helm goes from the last attempt all the same. */
  | { readonly kind: 'repair'; readonly base: number }
  /** Half uninstalled. */
  | { readonly kind: 'uninstalling'; readonly base: number; readonly says: string }
  | { readonly kind: 'blocked'; readonly base: number | null; readonly says: string };

const pending = ['pending-install', 'pending-upgrade', 'pending-rollback'];

const last = (revisions: readonly Revision[]): Revision | undefined =>
  revisions.reduce<Revision | undefined>(
    (best, one) => (best === undefined || one.revision > best.revision ? one : best),
    undefined,
  );

/** Of the history of a release, in any order. A status that is not known blocks. */
export const releaseState = (history: readonly Revision[]): ReleaseState => {
  const newest = last(history);
  if (newest === undefined) return { kind: 'install', history: null };
  const deployed = last(history.filter(({ status }) => status === 'deployed'))?.revision ?? null;
  const { revision, status, updated } = newest;
  if (status === 'uninstalled') return { kind: 'install', history: revision };
  if (status === 'deployed') return { kind: 'upgrade', base: revision, failed: null };
  if (status === 'failed' || status === 'superseded')
    return deployed === null
      ? { kind: 'repair', base: revision }
      : { kind: 'upgrade', base: deployed, failed: status === 'failed' ? revision : null };
  if (status === 'uninstalling')
    return {
      kind: 'uninstalling',
      base: revision,
      says: `The release is half uninstalled since ${updated}. Uninstall it to its end (helm uninstall), then plan again.`,
    };
  if (pending.includes(status))
    return {
      kind: 'blocked',
      base: deployed,
      says: `Revision ${revision} is ${status} since ${updated}: somebody's Helm is at work, or was killed. ${wayOut(status, deployed)}`,
    };
  return {
    kind: 'blocked',
    base: deployed,
    says: `Revision ${revision} has the status "${status}", which is not known here. Look at it with helm history.`,
  };
};

const wayOut = (status: string, deployed: number | null): string =>
  status === 'pending-install' || deployed === null
    ? 'Where nobody is, helm uninstall takes what it has made away; then plan again.'
    : `Where nobody is, helm rollback to revision ${deployed} ends it; then plan again.`;
