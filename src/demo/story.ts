import type { Clock } from '../clock/port.ts';
import { type Chapter, looksOf } from './looks.ts';
import { monitoringChapters } from './monitoring-story.ts';
import { officeChapters } from './office-story.ts';
import { personOf } from './person.ts';
import type { Portal } from './portal.ts';
import { queueChapters } from './queue-story.ts';
import { releaseChapters } from './release-story.ts';
import { newOwner, retiredCluster, somethingElse, thirdSubnet } from './repository.ts';
import type { World } from './world.ts';

export interface StoryOptions {
  readonly world: World;
  /** What helm deploys to; null where helm is not there. */
  readonly portal: Portal | null;
  readonly clock: Clock;
  readonly say: (line: string) => void;
  /** Ends the story before its next look. */
  readonly signal: AbortSignal;
  /** How long a chapter may take, in milliseconds. */
  readonly patienceMs?: number;
}

/**
 * Plays the whole story as different people. Resolves to false at the first thing that was not seen,
 * and when it was ended.
 */
export const playStory = async ({
  world,
  portal,
  clock,
  say,
  signal,
  patienceMs = 60_000,
}: StoryOptions): Promise<boolean> => {
  for (const { title, act, missing } of [
    ...chapters(world),
    ...queueChapters(world, clock),
    ...officeChapters(world, portal),
    ...monitoringChapters(world, clock),
    ...releaseChapters(world),
  ]) {
    if (signal.aborted) return false;
    const started = clock.monotonic();
    await act();
    let still = await missing();
    while (still !== null && !signal.aborted && clock.monotonic() - started < patienceMs) {
      await clock.sleep(100, signal);
      still = await missing();
    }
    const seconds = ((clock.monotonic() - started) / 1000).toFixed(1);
    if (still !== null) {
      say(`  not seen  ${title}: ${still}`);
      return false;
    }
    say(`  seen      ${title} (${seconds} s)`);
  }
  return true;
};

const chapters = (world: World): readonly Chapter[] => {
  const margaret = personOf(world, 'margaret');
  const ada = personOf(world, 'ada');
  const grace = personOf(world, 'grace');
  const { boardSays, boardOfHead, all, stateHolds, stateLacks, check, isMerged, saidOn } = looksOf(
    world,
    ada,
  );
  const retire = (note: string) => ada.push('retire-cluster', retiredCluster(note), 'Retire the cluster');
  const plain = '`/apply';
  return [
    {
      title: 'ada opens #1, which touches a module both projects use; Tidegate plans them by itself',
      act: async () => {
        await ada.push('new-owner', newOwner, 'Storage owns what we run');
        await ada.openPull('new-owner', 'Give everything to the storage team');
      },
      missing: all(boardSays(1, 'network', 'database', plain), check(1, 'tidegate/plan', 'success')),
    },
    {
      title: 'grace opens #2 on the network, whose lock #1 holds: refused, and put in line',
      act: async () => {
        await grace.push('third-subnet', thirdSubnet, 'Add a third subnet');
        await grace.openPull('third-subnet', 'Add a third subnet');
      },
      missing: boardSays(2, 'network', '#1'),
    },
    {
      title: 'ada comments /apply: the database waits for an approval, the network is applied',
      act: async () => {
        await ada.comment(1, '/apply');
      },
      missing: all(stateHolds('network', 'storage'), async () => {
        const answers = await ada.comments(1);
        return answers.some(({ body }) => body.includes('tidegate:reply') && body.includes('approv'))
          ? null
          : 'nobody said that an approval is missing';
      }),
    },
    {
      title: 'grace approves #1',
      act: () => grace.approve(1),
      missing: async () => null,
    },
    {
      title: 'ada comments /apply again: the database is applied',
      act: async () => {
        await ada.comment(1, '/apply');
      },
      missing: all(stateHolds('database', 'storage'), check(1, 'tidegate/apply', 'success')),
    },
    {
      title: 'ada merges #1: its locks go, and #2 is planned by itself',
      act: () => ada.merge(1),
      missing: all(isMerged(1), boardSays(2, plain), check(2, 'tidegate/plan', 'success')),
    },
    {
      title: 'grace comments /apply on #2',
      act: async () => {
        await grace.comment(2, '/apply');
      },
      missing: all(stateHolds('network', '"zone": "c"'), check(2, 'tidegate/apply', 'success')),
    },
    {
      title: 'grace merges #2; both changes are there',
      act: () => grace.merge(2),
      missing: all(
        isMerged(2),
        stateHolds('network', 'storage'),
        stateHolds('network', '"zone": "c"'),
        stateHolds('database', 'storage'),
      ),
    },
    {
      title: 'ada opens #3, which destroys the database cluster: that needs two people',
      act: async () => {
        await retire('none');
        await ada.openPull('retire-cluster', 'Retire the database cluster');
      },
      missing: boardOfHead(3, 'destroy', '2 of 2 reviews'),
    },
    {
      title: 'grace approves it, ada comments /apply: refused, one more is asked for',
      act: async () => {
        await grace.approve(3);
        await ada.comment(3, '/apply');
      },
      missing: all(saidOn(3, '1 of 2 reviews'), stateHolds('database', 'terraform_data')),
    },
    {
      title: 'main moves on, ada rebases: the plan means the same, and the approval of grace stays',
      act: async () => {
        await world.hub.pushFiles(world.repository, 'main', {
          as: 'margaret',
          files: somethingElse,
          message: 'Say where to ask',
        });
        await retire('none');
      },
      missing: boardOfHead(3, '1 of 2 reviews'),
    },
    {
      title:
        'ada pushes something that changes the plan: grace had approved another one, and the comment says what changed since',
      act: () => retire('retired'),
      missing: boardOfHead(3, '2 of 2 reviews', '**Since `grace` approved**', '"retired"'),
    },
    {
      title: 'grace and margaret approve what is shown now, ada comments /apply: the cluster is destroyed',
      act: async () => {
        await grace.approve(3);
        await margaret.approve(3);
        await ada.comment(3, '/apply');
      },
      missing: all(stateLacks('database', 'terraform_data'), check(3, 'tidegate/apply', 'success')),
    },
    {
      title: 'ada merges #3',
      act: () => ada.merge(3),
      missing: isMerged(3),
    },
  ];
};

/** The thread as text: who said what, hidden markers left out. */
export const threadText = async (
  world: World,
  number: number,
  repository = world.repository,
): Promise<string> => {
  const reader = personOf(world, 'ada', repository);
  const pull = await reader.pull(number);
  const name = repository === world.repository ? `#${number}` : `${repository}#${number}`;
  const parts = [`${name} ${pull.title} (${pull.merged ? 'merged' : pull.state})`];
  for (const { user, body } of await reader.comments(number))
    parts.push(`--- ${user.login}\n${body.replaceAll(/<!--.*?-->\n*/gs, '')}`);
  for (const check of await reader.checks(number))
    parts.push(
      `check ${check.name}: ${check.conclusion ?? check.status}${check.output.title === null ? '' : `, ${check.output.title}`}`,
    );
  return parts.join('\n\n');
};
