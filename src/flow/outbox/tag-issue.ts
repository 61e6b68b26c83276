import { createHash } from 'node:crypto';
import { fullNameOf } from '../../domain/pull.ts';
import { tagOf } from '../../domain/tags/ref.ts';
import { type TagNews, tagNews } from '../../domain/tags/tagged.ts';
import type { Tracked } from '../../domain/tracked.ts';
import type { DriftIssueWords } from '../../render/drift-issue.ts';
import { tagAgain, tagIssue, tagIssueOver } from '../../render/tag-issue.ts';
import type { FlowPorts } from '../ports.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock'>;

const sign = 'tag:';

/** Was this what people were told of tags last? As `told` of a row has it. */
export const isOfTags = (told: string | null): boolean => told?.startsWith(sign) === true;

/** What the issue of a project tells of its tags. */
export interface TagWords {
  /** What it is about, for `told`: another one is told anew. */
  readonly about: string;
  readonly waits: boolean;
  words(marker: string): DriftIssueWords;
  again(marker: string): string;
}

const viewOf = (tracked: Tracked, source: Parameters<typeof tagIssue>[1]['source']) => {
  const { project, applied } = tracked;
  return {
    name: project.name,
    environment: project.settings.environment,
    source,
    applied: applied === null ? null : (tagOf(applied.ref) ?? applied.ref.replace(/^refs\/heads\//, '')),
  };
};

/** The name of a tag is anybody's text, and this goes into hidden marks. */
const aboutOf = (news: TagNews): string => {
  const what = news.kind === 'waits' ? `${news.tag} ${news.commit}` : news.about;
  return `${sign}${createHash('sha256').update(`${news.kind} ${what}`).digest('hex').slice(0, 20)}`;
};

/** Null: there is nothing to tell of its tags. */
export const tagWords = async ({ store }: Ports, tracked: Tracked): Promise<TagWords | null> => {
  const tagged = await store.tags.get(tracked.key);
  const news = tagNews(tracked, tagged);
  if (news === null || tagged === null) return null;
  return {
    about: aboutOf(news),
    waits: news.kind === 'waits',
    words: (marker) => tagIssue(marker, viewOf(tracked, tagged.source), news),
    again: (marker) => tagAgain(marker, news),
  };
};

/** What it says when it is closed because of its tags. */
export const tagWordsOver = (marker: string, tracked: Tracked): DriftIssueWords =>
  tagIssueOver(marker, viewOf(tracked, { tag: '', semver: null }));

/** What waits is planned by itself, once for each tag: nobody has to ask for what they were told of. */
export const planTag = async (
  { store, clock }: Ports,
  { key, repo }: Pick<Tracked, 'key' | 'repo'>,
  { number, about }: { readonly number: number; readonly about: string },
): Promise<void> => {
  await store.deliveries.record({
    id: `tidegate-tag-${key}-${about}`,
    event: 'tag_waits',
    action: null,
    repository: fullNameOf(repo),
    trigger: { kind: 'stale', pull: { repo, number }, project: key },
    receivedAt: clock.now(),
  });
};
