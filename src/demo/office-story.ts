import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Chapter, type Look, looksOf } from './looks.ts';
import { newPeople, officeName, systemsFolderOf } from './office.ts';
import { personOf } from './person.ts';
import { organisation, type World } from './world.ts';

/** `owner/name` of the repository with teams and people. */
export const office = `${organisation}/${officeName}`;

const systemFile = z.object({ accounts: z.array(z.object({ login: z.string(), state: z.string() })) });

/** The pull request that touches a Terraform module and `people.yaml`. */
export const openNewPeople = async (world: World): Promise<void> => {
  const ada = personOf(world, 'ada', office);
  await ada.push('new-people', await newPeople(), 'Who comes and who goes');
  await ada.openPull('new-people', 'Katherine joins, Charles leaves, and teams are closed');
};

/** Two tools in one comment: Terraform first, then people by a runner of one's own. */
export const officeChapters = (world: World): readonly Chapter[] => {
  const ada = personOf(world, 'ada', office);
  const grace = personOf(world, 'grace', office);
  const margaret = personOf(world, 'margaret', office);
  const { all, boardLacks, boardSays, check, isMerged, saidOn, stateHolds } = looksOf(world, ada);
  const inSystem =
    (system: string, login: string, state: string | null): Look =>
    async () => {
      const text = await readFile(path.join(systemsFolderOf(world.stateFolder), `${system}.json`), 'utf8');
      const found = systemFile.parse(JSON.parse(text)).accounts.find((one) => one.login === login);
      return (found?.state ?? null) === state ? null : `${login} is not ${state ?? 'unknown'} to ${system}`;
    };
  const accountsAreAsBefore = all(
    inSystem('github', 'katherine', null),
    inSystem('github', 'charles', 'active'),
  );
  return [
    {
      title: `in ${office}, ada opens #1, which changes a Terraform module and people.yaml: teams are planned, people wait for them`,
      act: () => openNewPeople(world),
      missing: all(
        boardSays(1, '| `teams` |', '2 to change', '| `people` |', 'waits for `teams`'),
        accountsAreAsBefore,
      ),
    },
    {
      title:
        'ada comments /apply: the teams are applied, and people are planned by themselves, by ids and initials',
      act: async () => {
        await ada.comment(1, '/apply');
      },
      missing: all(
        stateHolds('teams', 'closed'),
        boardSays(1, 'github/p-1004  # K.J.: started on', 'C.B.: left after 2026-11-20'),
        boardLacks(1, 'Katherine'),
        boardLacks(1, 'katherine'),
        accountsAreAsBefore,
      ),
    },
    {
      title:
        'grace approves, ada comments /apply: somebody becomes an administrator, and for that two people have to agree',
      act: async () => {
        await grace.approve(1);
        await ada.comment(1, '/apply');
      },
      missing: all(saidOn(1, '1 of 2 reviews'), accountsAreAsBefore),
    },
    {
      title:
        'margaret approves too, ada comments /apply: Katherine has accounts, Charles has none that he could use',
      act: async () => {
        await margaret.approve(1);
        await ada.comment(1, '/apply');
      },
      missing: all(
        inSystem('directory', 'katherine', 'active'),
        inSystem('github', 'katherine', 'active'),
        inSystem('directory', 'charles', 'suspended'),
        inSystem('github', 'charles', 'suspended'),
        // Nobody wrote these down.
        inSystem('directory', 'mary', 'active'),
        inSystem('directory', 'break-glass', 'active'),
        check(1, 'tidegate/apply', 'success'),
      ),
    },
    {
      title: 'ada merges #1',
      act: () => ada.merge(1),
      missing: isMerged(1),
    },
  ];
};
