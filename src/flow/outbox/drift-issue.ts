import { createHash } from 'node:crypto';
import { type Drift, unseen } from '../../domain/drift/drift.ts';
import { issueWish } from '../../domain/drift/issue.ts';
import { actsByItself } from '../../domain/drift/limits.ts';
import { openNumberOf } from '../../domain/drift/pull.ts';
import { type ProjectKey, projectKeyFromText } from '../../domain/ids.ts';
import { fullNameOf, ourselves, type RepoRef } from '../../domain/pull.ts';
import type { Tracked } from '../../domain/tracked.ts';
import { driftAgain, driftIssue, driftIssueOver, driftStopped } from '../../render/drift-issue.ts';
import { considerCorrection } from '../drift/correction.ts';
import { driftSettings, refOf } from '../drift/told.ts';
import type { FlowPorts } from '../ports.ts';
import { bytesOf, type Draft, digestOf } from './digest.ts';
import { isOfTags, planTag, tagWords, tagWordsOver } from './tag-issue.ts';

type Ports = Pick<
  FlowPorts,
  'forge' | 'mask' | 'store' | 'clock' | 'newId' | 'conditions' | 'operator' | 'runners'
> & {
  /** Called where there is something to be taken in. */
  readonly woken?: () => void;
};

const digestOfKey = (key: ProjectKey): string =>
  createHash('sha256').update(key).digest('base64url').slice(0, 20);

/** Nothing of it is anybody's text, so it is whole in a hidden marker. */
const markerOf = (key: ProjectKey): string => `tidegate:drift:${digestOfKey(key)}`;

/** Drift that was found before the last apply may be put right by it: only the next look says. */
const isDriftNow = (drift: Drift | null, { applied }: Tracked): boolean =>
  drift?.status === 'drifted' && (drift.checkedAt ?? 0) >= (applied?.at ?? 0);

/**
 * The one issue of a project that tells of its drift, as the last look left it. Null: it stays as it is, or there is none to be made.
 * What people do to it is theirs: one that they closed is opened again when something else drifts.
 */
export const driftIssueDraft = async (ports: Ports, named: string): Promise<Draft | null> => {
  const { store, mask } = ports;
  const key = projectKeyFromText(named);
  const [drift, issue, tracked, correction, pulls] = await Promise.all([
    store.drifts.get(key),
    store.driftIssues.get(key),
    store.tracked.get(key),
    store.corrections.get(key),
    store.driftPulls.ofProject(key),
  ]);
  if (tracked === null) return null;
  const settings = driftSettings(tracked);
  const tags = await tagWords(ports, tracked);
  const isTagOver = tags === null && isOfTags(issue?.told ?? null) && !isDriftNow(drift, tracked);
  const wish = tags !== null ? 'open' : issueWish(isTagOver ? null : drift, issue, settings);
  if (wish === 'keep') return null;
  const { repo, project } = tracked;
  const of = { project: key, repo, name: project.name, ref: refOf(tracked) ?? '', dueAt: 0 };
  const isByItself = actsByItself(settings);
  const held = correction?.because ?? null;
  const stoppedAt = correction?.stopped?.at ?? null;
  const view = {
    drift: drift ?? unseen(of, 0),
    environment: project.settings.environment,
    pull: openNumberOf(pulls, 'restore'),
    adopt: openNumberOf(pulls, 'adopt'),
    codifies: ports.runners.get(project.settings.runner)?.codifies === true,
    byItself: actsByItself(settings) ? { mode: settings.mode, held, stoppedAt } : null,
  };
  const marker = markerOf(key);
  const about = tags?.about ?? view.drift.fingerprint;
  const words =
    tags?.words(marker) ??
    (wish === 'open' ? driftIssue : isTagOver ? () => tagWordsOver(marker, tracked) : driftIssueOver)(
      marker,
      view,
    );
  const [title, body] = [mask(words.title), mask(words.body)];
  const state = wish === 'open' ? 'open' : 'closed';
  return {
    // What drifts may be another thing of the same name.
    digest: digestOf(state, title, body, about),
    bytes: bytesOf(body),
    send: async () => {
      // Somebody closed it, and nothing else drifts since: that its text would be another is no reason to open it again.
      const isToldHere = issue?.state === 'open' && issue.told === about;
      if (state === 'open' && isToldHere && issue.number !== null) {
        const there = await ports.forge.issue({ repo, number: issue.number });
        if (there?.state === 'closed') return issue.number;
      }
      const number = await ports.forge.upsertIssue(repo, {
        number: issue?.number ?? null,
        ...{ marker, title, body, state },
      });
      if (typeof number === 'string') return null;
      const told = state === 'open' ? about : null;
      // Its text tells of the first; after that somebody has to hear that it is another.
      if (state === 'open' && issue !== null && issue.told !== told) {
        const own = `${marker}:${told ?? 'none'}`;
        const again = mask(tags?.again(own) ?? driftAgain(own, view, issue.state === 'closed'));
        await ports.forge.upsertComment({ repo, number }, { id: null, marker: own, body: again });
      }
      const isStopped = settings.mode === 'apply' && held !== null && stoppedAt !== null;
      if (state === 'open' && tags === null && isStopped) {
        const own = `${marker}:stopped:${stoppedAt}`;
        const stopped = mask(driftStopped(own, held));
        await ports.forge.upsertComment({ repo, number }, { id: null, marker: own, body: stopped });
      }
      const at = ports.clock.now();
      await store.driftIssues.put({ project: key, repo, number, state, told, at });
      if (state === 'closed') await conclude(ports, repo, number);
      else if (tags?.waits === true) {
        await planTag(ports, tracked, { number, about: tags.about });
        ports.woken?.();
      }
      // People know of it now, so it may be put back.
      else if (tags === null && isByItself && issue?.state !== 'open') {
        await store.transact((tables) => considerCorrection(tables, ports, key));
        ports.woken?.();
      }
      return number;
    },
  };
};

/** What was planned on it and holds the project's lock is over, as on a pull request that is closed. */
const conclude = async (
  { store, clock, newId, woken }: Ports,
  repo: RepoRef,
  number: number,
): Promise<void> => {
  await store.deliveries.record({
    id: `tidegate-${newId()}`,
    event: 'drift_over',
    action: null,
    repository: fullNameOf(repo),
    trigger: { kind: 'pull', reason: 'closed', pull: { repo, number }, sender: ourselves },
    receivedAt: clock.now(),
  });
  woken?.();
};
