import { isDeepStrictEqual } from 'node:util';
import type { Sha } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import type { Project } from '../../domain/project.ts';
import { fullNameOf, type RepoRef } from '../../domain/pull.ts';
import type { TagChoice, TagRefusal } from '../../domain/tags/choice.ts';
import { refOfTag, tagOf } from '../../domain/tags/ref.ts';
import { sameSource, type Tagged, type TagSource } from '../../domain/tags/tagged.ts';
import { type BranchRefusal, refOf, type Tracked } from '../../domain/tracked.ts';
import { followTip, newTracked, noteGone, noteRefused, type Tip } from '../../domain/tracking.ts';
import type { StoreTables } from '../../store/port.ts';
import { wantDriftIssue } from '../drift/told.ts';
import { snapshotAt } from '../pushed.ts';
import type { Snapshot } from '../snapshot.ts';
import { inputsOf } from '../snapshot.ts';
import { lagOf, type TrackPorts } from '../tracked/branch.ts';
import { keep } from '../tracked/keep.ts';
import { chosenNow, tagsNow } from './choose.ts';
import { digestOfTags, lookedTags, noteLookedTags } from './looked.ts';
import { type TaggedProject, taggedProjects } from './projects.ts';

type Ports = TrackPorts;

/** The default branch, as it is now. */
export interface DefaultBranch {
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly tip: Sha;
}

/** What a source leads to, and what is there. */
interface Found {
  readonly source: TagSource;
  readonly choice: TagChoice;
  /** Of a tag that was chosen: its projects that follow the source. */
  readonly tips: readonly Tip[] | 'unread';
}

/**
 * What tags ask for is written down for each project whose environment follows them, as the default branch says it. Where that is what was
 * applied, the applied version moves along, as with a branch. What cannot be followed leaves everything where it is, and says why. May
 * be repeated.
 */
export const trackTags = async (ports: Ports, repo: RepoRef, base: DefaultBranch): Promise<void> => {
  const { store, clock } = ports;
  const read = await readBase(ports, repo, base);
  // What is said of that is said of the branch.
  if (read === null) return;
  const { snapshot, following } = read;
  const known = await store.tags.ofRepository(repo.id);
  const sources = distinct(following);
  const tags = sources.length === 0 ? new Map<string, Sha>() : await tagsNow(ports, repo);
  const kept = await store.tags.kept(repo.id);
  const found: Found[] = [];
  for (const source of sources) {
    const choice = await chosenNow(ports, repo.id, source, { tip: base.tip, tags, kept });
    found.push({ source, choice, tips: await tipsAt(ports, repo, snapshot, source, choice) });
  }
  await store.transact(async (tables) => {
    const looked = { ...base, digest: digestOfTags(tags, sources), at: clock.now() };
    const before = await lookedTags(tables, repo.id);
    if (sources.length > 0 || before === null || known.length > 0)
      await noteLookedTags(tables, repo.id, looked);
    const written = new Set<string>();
    for (const one of found)
      for (const key of await write(tables, ports, repo, one, following)) written.add(key);
    for (const one of known) if (!written.has(one.project)) await leave(tables, ports, one, base.tip);
  });
};

const distinct = (following: readonly TaggedProject[]): readonly TagSource[] => {
  const sources: TagSource[] = [];
  for (const { source } of following)
    if (!sources.some((one) => sameSource(one, source))) sources.push(source);
  return sources;
};

const readBase = async (
  ports: Ports,
  repo: RepoRef,
  { branch, tip }: DefaultBranch,
): Promise<{ readonly snapshot: Snapshot; readonly following: readonly TaggedProject[] } | null> => {
  try {
    const snapshot = await snapshotAt(ports, repo, branch, tip);
    return { snapshot, following: taggedProjects(ports, repo, snapshot, snapshot) };
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
};

const tipsAt = async (
  ports: Ports,
  repo: RepoRef,
  base: Snapshot,
  source: TagSource,
  choice: TagChoice,
): Promise<Found['tips']> => {
  if (choice.kind !== 'chosen') return [];
  const { tag, commit } = choice;
  try {
    const snapshot = await snapshotAt(ports, repo, tag, commit);
    const tree = await ports.git.treeOf(repo.id, commit);
    const tips: Tip[] = [];
    for (const one of taggedProjects(ports, repo, base, snapshot)) {
      if (!sameSource(one.source, source)) continue;
      const { project } = one;
      const known = await ports.store.tracked.get(project.key);
      const isCompared = known !== null && (known.applied !== null || known.proven !== null);
      const inputsWith = isCompared ? await inputsOf(ports, { repositoryId: repo.id, tree, project }) : null;
      const behind = await lagOf(ports, repo, commit, known?.applied ?? null, inputsWith);
      tips.push({ repo, project, ref: refOfTag(tag), sha: commit, tree, inputsWith, behind });
    }
    return tips;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ports.log.warn('what a tag asks for cannot be read', {
      repository: fullNameOf(repo),
      tag,
      commit,
      error,
    });
    return 'unread';
  }
};

/** Returns the keys of the projects that follow the source. */
const write = async (
  tables: StoreTables,
  ports: Ports,
  repo: RepoRef,
  { source, choice, tips }: Found,
  following: readonly TaggedProject[],
): Promise<readonly Tagged['project'][]> => {
  const at = ports.clock.now();
  const before = (await tables.tags.ofRepository(repo.id)).filter((one) => sameSource(one.source, source));
  const asked = following.filter((one) => sameSource(one.source, source)).map(({ project }) => project);
  if (choice.kind === 'chosen') await tables.tags.keep(repo.id, choice.tag, choice.commit, at);
  const refused = await refusalOf(tables, choice, tips, before);
  const chosen =
    choice.kind === 'chosen' && refused === null ? { tag: choice.tag, commit: choice.commit } : null;
  const projects = new Map<Tagged['project'], { readonly project: Project | null; readonly tip: Tip | null }>(
    [
      ...before.map((one) => [one.project, { project: null, tip: null }] as const),
      ...asked.map((project) => [project.key, { project, tip: null }] as const),
      ...(tips === 'unread' || refused !== null ? [] : tips).map(
        (tip) => [tip.project.key, { project: tip.project, tip }] as const,
      ),
    ],
  );
  for (const [key, { project, tip }] of projects) {
    const was = await tables.tags.get(key);
    const row = { project: key, repo, source, chosen: chosen ?? was?.chosen ?? null, refused };
    const isSame = was !== null && isDeepStrictEqual({ ...was, at: 0 }, { ...row, at: 0 });
    if (!isSame) await tables.tags.put({ ...row, at });
    const known = await tables.tracked.get(key);
    const after = await step(tables, known, { repo, project, tip, refused, chosen }, at);
    if (after !== null && !(isSame && isDeepStrictEqual(after, known)))
      await wantDriftIssue(tables, ports, after);
  }
  await noteOnce(tables, ports, repo, { source, refused, chosen }, before[0] ?? null);
  return [...projects.keys()];
};

const step = async (
  tables: StoreTables,
  known: Tracked | null,
  {
    repo,
    project,
    tip,
    refused,
    chosen,
  }: {
    readonly repo: RepoRef;
    readonly project: Project | null;
    readonly tip: Tip | null;
    readonly refused: Tagged['refused'];
    readonly chosen: Tagged['chosen'];
  },
  at: number,
): Promise<Tracked | null> => {
  if (tip !== null) return keep(tables, known, (before) => followTip(before, tip, at));
  if (refused !== null) {
    const refusal: BranchRefusal = typeof refused === 'string' ? refused : refused.kind;
    // The very first: there has to be something that it can be said of.
    const row = known ?? (project === null ? null : newTracked(repo, project));
    if (row === null) return null;
    const after = tagOf(refOf(row)) === null ? row : noteRefused(row, refusal);
    if (!isDeepStrictEqual(after, known)) await tables.tracked.put(after);
    return after;
  }
  const ref = known === null ? null : refOf(known);
  if (known === null || chosen === null || ref === null || tagOf(ref) === null) return known;
  return keep(tables, known, (before) => noteGone(before, { ref, sha: chosen.commit }, at));
};

/** A tag that suddenly has none of those that are in the world takes none of them away. */
const refusalOf = async (
  tables: StoreTables,
  choice: TagChoice,
  tips: Found['tips'],
  before: readonly Tagged[],
): Promise<Tagged['refused']> => {
  if (choice.kind === 'refused') return choice.refusal;
  if (tips === 'unread') return 'unread';
  if (choice.kind === 'none' || tips.length > 0) return null;
  for (const { project } of before) {
    const known = await tables.tracked.get(project);
    if (known !== null && known.applied !== null && known.goneAt === null) return 'empty';
  }
  return null;
};

/** The project does not follow tags any more, or is not there: what is in the world stays, and its branch may have it. */
const leave = async (tables: StoreTables, ports: Ports, one: Tagged, tip: Sha): Promise<void> => {
  await tables.tags.remove(one.project);
  const known = await tables.tracked.get(one.project);
  if (known === null) return;
  const ref = refOf(known);
  const after =
    ref === null || tagOf(ref) === null
      ? known
      : await keep(tables, known, (before) => noteGone(before, { ref, sha: tip }, ports.clock.now()));
  await wantDriftIssue(tables, ports, after);
};

/** What was said of a source once is not said again. */
const noteOnce = async (
  tables: StoreTables,
  { clock, log }: Ports,
  repo: RepoRef,
  { source, refused, chosen }: Pick<Tagged, 'source' | 'refused' | 'chosen'>,
  before: Tagged | null,
): Promise<void> => {
  const isRefused = refused !== null && !isDeepStrictEqual(refused, before?.refused ?? null);
  const isChosen = chosen !== null && !isDeepStrictEqual(chosen, before?.chosen ?? null);
  if (!isRefused && !isChosen) return;
  if (isRefused) log.warn('a tag is not followed: everything stays as it was', { ...source, refused });
  await tables.audit.append({
    at: clock.now(),
    kind: isRefused ? 'tags.refused' : 'tags.chosen',
    actor: null,
    repositoryId: repo.id,
    pullNumber: null,
    runId: null,
    facts: isRefused
      ? { ...source, refused, ...(typeof refused === 'string' ? { problem: refused } : toldOf(refused)) }
      : { ...source, chosen, before: before?.chosen ?? null, commit: chosen?.commit ?? null },
  });
};

const toldOf = ({ kind, to }: TagRefusal) => ({ problem: kind, commit: to });
