import { checkDrift } from './rest-drift.ts';
import type { Story } from './story.ts';
import { refOf, repo, type World } from './world.ts';

/** What must hold when the faults are over, time has passed and nothing is left to do. */
export const checkRest = async (world: World, story: Story): Promise<readonly string[]> => {
  const wrong: string[] = [];
  const { store } = world;
  for (const lock of await store.locks.all()) {
    const holder =
      world.memory.issues.all(repo).find(({ number }) => number === lock.pullNumber) ??
      world.pull(lock.pullNumber);
    const runs = await store.runs.ofPull(lock, ['unresolved']);
    const unknown = runs.some((run) => run.project.key === lock.project);
    // What a merge still asks for, and whom that waits for, is for the checker of the history.
    const due = (await store.dues.ofPull(lock)).some(
      ({ project, ended }) => project === lock.project && ended === null,
    );
    if (holder.state === 'closed' && !unknown && !due)
      wrong.push(`#${lock.pullNumber} is closed and holds ${lock.project} for ever`);
  }
  for (let number = 1; number <= story.pulls; number += 1) {
    const key = { repositoryId: repo.id, pullNumber: number };
    const pull = world.pull(number);
    for (const wait of await store.locks.waitsOf(key))
      if ((await store.locks.get(wait.project)) === null)
        wrong.push(`#${number} waits for ${wait.project}, which nobody holds`);
    const batch = await store.batches.latest(key, 'plan');
    if (pull.state === 'open' && batch?.headSha !== pull.head.sha)
      wrong.push(`#${number} was never planned at its head`);
    const boards = world.memory
      .comments(refOf(number))
      .filter(({ ours, body }) => ours && body.includes('tidegate:board:'));
    if (boards.length > 1) wrong.push(`#${number} has ${boards.length} boards`);
  }
  return [...wrong, ...(await checkDrift(world, story))];
};
