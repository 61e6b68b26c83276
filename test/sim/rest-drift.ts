import { standingOf } from '../../src/domain/tracked.ts';
import type { DriftMode, Story } from './story.ts';
import { repo, type World } from './world.ts';

/** What must hold of the world and of what is told of it, when everybody had the time to look. */
export const checkDrift = async (world: World, story: Story): Promise<readonly string[]> => {
  const wrong = await Promise.all(
    story.projects.map((dir, index) => checkProject(world, dir, story.drift[index] ?? 'off')),
  );
  return [...wrong.flat(), ...(await checkTags(world, story))];
};

/** Where nobody moved or deleted a tag, the highest one is what is asked for. */
const checkTags = async (
  { store, keyOf, git, tags }: World,
  { tagged }: Story,
): Promise<readonly string[]> => {
  const last = tags().at(-1);
  if (tagged === null || last === undefined) return [];
  const [now, kept, tracked] = await Promise.all([
    git.git.tags(repo, { url: '', token: '' }),
    store.tags.kept(repo.id),
    store.tracked.get(keyOf(tagged)),
  ]);
  const isOdd = tags().some((tag) => !now.has(tag) || (kept.get(tag) ?? now.get(tag)) !== now.get(tag));
  const asked = tracked?.desired?.sha;
  return isOdd || asked === now.get(last) ? [] : [`${last} is the highest tag, and ${asked} is asked for`];
};

const checkProject = async (world: World, dir: string, mode: DriftMode): Promise<readonly string[]> => {
  const { store, memory, tools, schedule } = world;
  const project = world.keyOf(dir);
  const number = world.issueOf(dir);
  const isTold = memory.issues.all(repo).find((one) => one.number === number)?.state === 'open';
  if (mode === 'off' || mode === 'detect') return isTold ? [`drift of ${dir} is told in an issue`] : [];
  const [row, tracked] = [await store.drifts.get(project), await store.tracked.get(project)];
  const isClean = tools.isAsApplied(dir);
  // Of a world that we did not bring to what its branch says there is nothing to be known.
  if (tracked?.applied?.sure !== true || standingOf(tracked) !== 'same' || isClean === null) return [];
  if (row === null) return [`nobody looks at ${dir}`];
  if (row.putOff !== null) return [];
  // Changed behind two applies, each time before the plan behind it had seen it: nobody can tell that from what never settles.
  if (!isClean && row.unsettled > 0) return [];
  const status = isClean ? 'clean' : 'drifted';
  if (row.status !== status) return [`${dir} is ${status}, and told to be ${row.status}: ${row.because}`];
  if (isTold === isClean)
    return [`the issue of ${dir} is ${isTold ? 'open' : 'not open'}, and it is ${status}`];
  if (isClean || mode !== 'apply') return [];
  const correction = await store.corrections.get(project);
  const waits = correction?.wakeAt != null && correction.wakeAt > schedule.clock.now();
  const isSaid = correction != null && (correction.because !== null || correction.stopped !== null);
  return waits || isSaid ? [] : [`${dir} has drifted, nobody puts it back, and nobody says why`];
};
