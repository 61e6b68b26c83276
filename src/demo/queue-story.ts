import type { Clock } from '../clock/port.ts';
import { queueRule } from '../hub/branch-rules.ts';
import { type Chapter, looksOf } from './looks.ts';
import { personOf } from './person.ts';
import { higherLimits, servicesName } from './services.ts';
import { organisation, type World } from './world.ts';

const plan = 'tidegate/plan';
const apply = 'tidegate/apply';

/** `owner/name` of the repository with the merge queue. */
export const services = `${organisation}/${servicesName}`;

/** From here on `main` takes only what its queue merges, with both checks by the App. */
export const requireQueue = ({ hub, appId }: World): void =>
  hub.protect(services, 'main', 'ruleset', {
    queue: queueRule(),
    checks: [plan, apply].map((name) => ({ name, appId })),
  });

/** The pull request that touches a project of each kind. */
export const openHigherLimits = async (world: World): Promise<void> => {
  const ada = personOf(world, 'ada', services);
  await ada.push('higher-limits', higherLimits, 'Raise the limits');
  await ada.openPull('higher-limits', 'Raise the limits of gateway and billing');
};

/** One project by a button, one by the merge, and the merge by a queue. */
export const queueChapters = (world: World, clock: Clock): readonly Chapter[] => {
  const ada = personOf(world, 'ada', services);
  const grace = personOf(world, 'grace', services);
  const { all, boardSays, check, hasButton, isMerged, mergeCheck, stateHolds, stateLacks } = looksOf(
    world,
    ada,
  );
  return [
    {
      title: `in ${services}, where a merge queue merges, ada opens #1 on gateway (applied by the merge) and billing (before it)`,
      act: () => openHigherLimits(world),
      missing: all(
        check(1, plan, 'success'),
        check(1, apply, 'action_required'),
        hasButton(1, 'tidegate: billing', 'Apply'),
      ),
    },
    {
      title: 'ada presses Apply on the check of billing: it is applied, the gateway is not',
      act: async () => ada.press(1, 'tidegate: billing', 'Apply'),
      missing: all(
        stateHolds('billing', '"free": 250'),
        stateLacks('gateway', '"limit": 250'),
        check(1, 'tidegate: billing', 'success'),
        boardSays(1, '✓ applied', 'review'),
      ),
    },
    {
      title: 'grace approves what the merge will apply: tidegate/apply passes',
      act: () => grace.approve(1),
      missing: all(check(1, apply, 'success'), stateLacks('gateway', '"limit": 250')),
    },
    {
      title: 'ada puts #1 into the queue: both checks pass on the commit of the queue, and it is merged',
      act: async () => {
        // GitHub tells whole seconds: what is shown within that of the approval may be what was approved.
        await clock.sleep(1000 - (clock.now() % 1000));
        await ada.enqueue(1);
      },
      missing: all(isMerged(1), mergeCheck(1, plan, 'success'), mergeCheck(1, apply, 'success')),
    },
    {
      title: 'nobody does anything: the gateway is applied by the merge',
      act: async () => undefined,
      missing: all(
        stateHolds('gateway', '"limit": 250'),
        stateHolds('billing', '"free": 250'),
        boardSays(1, 'Merged', '2 applied'),
      ),
    },
  ];
};
