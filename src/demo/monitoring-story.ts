import type { Clock } from '../clock/port.ts';
import { type Chapter, type Look, looksOf } from './looks.ts';
import { monitoringName, takeAlertAway } from './monitoring.ts';
import { personOf } from './person.ts';
import { createVisitor } from './visitor.ts';
import { organisation, type World } from './world.ts';

/** `owner/name` of the repository whose world changes by itself. */
export const monitoring = `${organisation}/${monitoringName}`;

const issueOf = ({ hub }: World) => [...hub.repo(monitoring).issues.values()].at(-1);

/** A look at once. It may not have heard of the project yet: it does when the branch moves. */
const look = async (world: World, clock: Clock): Promise<void> => {
  const visitor = await createVisitor(world, 'margaret');
  for (let tries = 0; tries < 300 && !(await visitor.lookAt('alerts')); tries += 1) await clock.sleep(100);
};

/** The first one, which finds everything as `main` says: what was applied by hand is known to be so from then on. */
const firstLook = async (world: World, clock: Clock): Promise<void> => {
  const files = { 'README.md': '# Alerts of acme\n' };
  await world.hub.pushFiles(monitoring, 'main', { as: 'margaret', files, message: 'Say what this is' });
  await look(world, clock);
};

const driftIs =
  (world: World, conclusion: string): Look =>
  async () => {
    const ada = personOf(world, 'ada', monitoring);
    const check = (await ada.checksOn(await ada.tip('main'))).find(({ name }) => name === 'tidegate/drift');
    return check?.conclusion === conclusion ? null : `the check tidegate/drift of main is not ${conclusion}`;
  };

/** The button that changes the world on the page of the repository; what it changed is looked for at once. */
export const offerToBreak = async (world: World, clock: Clock): Promise<void> => {
  await firstLook(world, clock);
  const isClean = driftIs(world, 'success');
  for (let tries = 0; tries < 300 && (await isClean()) !== null; tries += 1) await clock.sleep(100);
  world.hub.addButton(monitoring, {
    label: 'Break something',
    says: 'An alert is taken away, without a pull request. Tidegate looks at once, and opens an issue.',
    press: async () => {
      await takeAlertAway(world.stateFolder);
      await look(world, clock);
    },
  });
};

/** Drift: found, told, and put right where it is told. */
export const monitoringChapters = (world: World, clock: Clock): readonly Chapter[] => {
  const ada = personOf(world, 'ada', monitoring);
  const { all, stateHolds, stateLacks } = looksOf(world, ada);
  const issueIs =
    (state: 'open' | 'closed', ...words: readonly string[]): Look =>
    async () => {
      const issue = issueOf(world);
      if (issue?.state !== state) return `there is no ${state} issue`;
      const absent = words.find((word) => !issue.body?.includes(word));
      return absent === undefined ? null : `the issue does not say ${JSON.stringify(absent)}`;
    };
  const boardSays =
    (...words: readonly string[]): Look =>
    async () => {
      const comments = await ada.comments(issueOf(world)?.number ?? 0);
      const board = comments.find(({ body }) => body.includes('tidegate:board'))?.body ?? '';
      return words.every((word) => board.includes(word)) ? null : 'nothing was planned on the issue';
    };
  const comment = async (body: string): Promise<void> => {
    await ada.comment(issueOf(world)?.number ?? 0, body);
  };
  return [
    {
      title: `in ${monitoring}, margaret has Tidegate look: everything is as main says`,
      act: () => firstLook(world, clock),
      missing: all(driftIs(world, 'success'), stateHolds('alerts', 'latency')),
    },
    {
      title:
        'somebody takes an alert away without a pull request: an issue says so, and what would put it back',
      act: async () => {
        await takeAlertAway(world.stateFolder);
        await look(world, clock);
      },
      missing: all(
        issueIs('open', '1 resource to create', 'terraform_data.alert["latency"]'),
        driftIs(world, 'neutral'),
        stateLacks('alerts', 'latency'),
      ),
    },
    {
      title: 'ada comments /plan on the issue',
      act: () => comment('/plan'),
      missing: boardSays('planned', '/apply', 'latency'),
    },
    {
      title: 'ada comments /apply there: the alert is back, and the issue closes by itself',
      act: () => comment('/apply'),
      missing: all(stateHolds('alerts', 'latency'), issueIs('closed'), driftIs(world, 'success')),
    },
  ];
};
