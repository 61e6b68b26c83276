import { putTag } from '../hub/pushes.ts';
import { type Chapter, type Look, looksOf } from './looks.ts';
import { monitoring } from './monitoring-story.ts';
import { personOf } from './person.ts';
import { released, releaseName } from './release.ts';
import type { World } from './world.ts';

/** An environment that follows tags: a tag is told of, planned and applied, and one that is moved stops. */
export const releaseChapters = (world: World): readonly Chapter[] => {
  const { hub } = world;
  const ada = personOf(world, 'ada', monitoring);
  const grace = personOf(world, 'grace', monitoring);
  const { all, stateHolds, stateLacks } = looksOf(world, ada);
  const issue = () =>
    [...hub.repo(monitoring).issues.values()].find(({ title }) => title.includes(releaseName));
  const issueIs =
    (state: 'open' | 'closed', words: string): Look =>
    async () => {
      const one = issue();
      if (one?.state !== state) return `there is no ${state} issue of ${releaseName}`;
      const isSaid = one.title.includes(words) || one.body?.includes(words) === true;
      return isSaid ? null : `the issue does not say ${JSON.stringify(words)}`;
    };
  const boardSays =
    (words: string): Look =>
    async () => {
      const comments = await ada.comments(issue()?.number ?? 0);
      const board = comments.find(({ body }) => body.includes('tidegate:board'))?.body ?? '';
      return board.includes(words) ? null : `its comment does not say ${JSON.stringify(words)}`;
    };
  const tag = (name: string) => putTag(hub.state, hub.repo(monitoring), hub.actor('margaret'), name);
  return [
    {
      title: `margaret tags v1.0.0, which production follows: the issue of ${releaseName} says so, with a plan`,
      act: () => tag('v1.0.0'),
      missing: all(
        issueIs('open', 'v1.0.0 is waiting to be applied'),
        boardSays('All is well'),
        stateLacks(releaseName, 'All is well'),
      ),
    },
    {
      title: 'grace comments /apply there: production is as v1.0.0 says, and the issue closes by itself',
      act: async () => {
        await grace.comment(issue()?.number ?? 0, '/apply');
      },
      missing: all(stateHolds(releaseName, 'All is well'), issueIs('closed', 'v1.0.0')),
    },
    {
      title: 'somebody moves v1.0.0 to another commit: it stops, and the issue says so',
      act: async () => {
        const files = released('Nothing is well');
        await hub.pushFiles(monitoring, 'main', { as: 'margaret', files, message: 'Say it otherwise' });
        await tag('v1.0.0');
      },
      missing: all(issueIs('open', 'was moved from'), stateLacks(releaseName, 'Nothing is well')),
    },
  ];
};
