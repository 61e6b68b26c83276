import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Chapter, type Look, looksOf } from './looks.ts';
import { newPeople, officeName, systemsFolderOf } from './office.ts';
import { personOf } from './person.ts';
import { type Portal, withNewPortal } from './portal.ts';
import { organisation, type World } from './world.ts';

/** `owner/name` of the repository with teams and people. */
export const office = `${organisation}/${officeName}`;

const systemFile = z.object({ accounts: z.array(z.object({ login: z.string(), state: z.string() })) });

/** The pull request that touches a Terraform module, `people.yaml`, and where Helm is there a values file. */
export const openNewPeople = async (world: World, portal: Portal | null): Promise<void> => {
  const ada = personOf(world, 'ada', office);
  const files = await newPeople();
  await ada.push('new-people', portal === null ? files : withNewPortal(files), 'Who comes and who goes');
  await ada.openPull('new-people', 'Katherine joins, Charles leaves, and teams are closed');
};

/** Tools in one comment: Terraform first, then people by a runner of one's own, and where it is there a release by Helm. */
export const officeChapters = (world: World, portal: Portal | null): readonly Chapter[] => {
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
  /** Of the release: only where there is one. */
  const ofPortal = (...looks: readonly Look[]): Look => (portal === null ? async () => null : all(...looks));
  const portalShows =
    (key: string, text: string): Look =>
    async () =>
      portal?.shows(key) === text ? null : `the portal does not show ${JSON.stringify(text)} as ${key}`;
  const [what, wait, become, also] =
    portal === null
      ? [
          ' and people.yaml',
          'people wait for them',
          'people are planned by themselves, by ids and initials',
          '',
        ]
      : [
          ', people.yaml and a values file of Helm',
          'people and the release of their portal wait for them',
          'what waited is planned by itself: people by ids and initials, the portal with what Terraform put out',
          'the portal is upgraded, but ',
        ];
  return [
    {
      title: `in ${office}, ada opens #1, which changes a Terraform module${what}: teams are planned, ${wait}`,
      act: () => openNewPeople(world, portal),
      missing: all(
        boardSays(1, '| `teams` |', '2 to change', '| `people` |', 'waits for `teams`'),
        ofPortal(boardSays(1, '| `portal` |'), portalShows('teams', 'open')),
        accountsAreAsBefore,
      ),
    },
    {
      title: `ada comments /apply: the teams are applied, and ${become}`,
      act: async () => {
        await ada.comment(1, '/apply');
      },
      missing: all(
        stateHolds('teams', 'closed'),
        boardSays(1, 'github/p-1004  # K.J.: started on', 'C.B.: left after 2026-11-20'),
        boardLacks(1, 'Katherine'),
        boardLacks(1, 'katherine'),
        ofPortal(
          boardSays(1, 'core/ConfigMap/office/portal', '"open"', '"closed"', 'Good morning'),
          portalShows('teams', 'open'),
        ),
        accountsAreAsBefore,
      ),
    },
    {
      title: `grace approves, ada comments /apply: ${also}somebody becomes an administrator, and for that two people have to agree`,
      act: async () => {
        await grace.approve(1);
        await ada.comment(1, '/apply');
      },
      missing: all(
        saidOn(1, '1 of 2 reviews'),
        ofPortal(portalShows('teams', 'closed'), portalShows('welcome', 'Good morning')),
        accountsAreAsBefore,
      ),
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
