import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../support/leftovers.ts';
import { example, peopleWorld, type Row, type SystemFile } from './people-world.ts';

const systems = ['directory', 'github'] as const;
const roles = {
  engineer: { directory: ['staff'], github: ['member'] },
  administrator: { directory: ['administrator'], github: ['owner'] },
  guest: {},
};
const day = fc
  .integer({ min: 0, max: 120 })
  .map((days) => new Date(Date.UTC(2026, 8, 1 + days)).toISOString().slice(0, 10));
const ids = ['p-1', 'p-2', 'p-3', 'p-4', 'p-5'];
/** Nothing that is written anywhere else. */
const secret = (id: string, what: string) => `${what}q${id.replace('-', 'x')}z`;

const person = (id: string) =>
  fc
    .record({
      start: day,
      length: fc.option(fc.integer({ min: 0, max: 90 })),
      team: fc.constantFrom('platform', 'engines'),
      roles: fc.uniqueArray(fc.constantFrom(...Object.keys(roles)), { maxLength: 2 }),
      systems: fc.uniqueArray(fc.constantFrom(...systems), { maxLength: 2 }),
      // Of somebody who goes by a login that is protected as well.
      login: fc.oneof(
        { weight: 6, arbitrary: fc.constant(secret(id, 'login')) },
        { weight: 1, arbitrary: fc.constant(id === 'p-1' ? 'break-glass' : secret(id, 'other')) },
      ),
    })
    .map(({ length, ...rest }) => {
      const end = length === null ? null : new Date(Date.parse(rest.start) + length * 86_400_000);
      return {
        id,
        name: `${secret(id, 'Given')} ${secret(id, 'Family')}`,
        email: `${secret(id, 'mail')}@acme.example`,
        ...rest,
        ...(end === null ? {} : { end: end.toISOString().slice(0, 10) }),
      };
    });

const row = (login: string, id: string) =>
  fc
    .record({
      person: fc.constantFrom(null, ...ids, 'p-9'),
      roles: fc.uniqueArray(fc.constantFrom('member', 'staff', 'owner', 'administrator'), { maxLength: 2 }),
      team: fc.constantFrom('platform', 'engines'),
      state: fc.constantFrom('active' as const, 'suspended' as const),
    })
    .map((one): Row => ({ ...one, id, login, name: `Row ${login}`, email: `${login}@acme.example` }));

const logins = [
  'break-glass',
  'deploy-bot',
  secret('p-2', 'login'),
  secret('p-3', 'login'),
  'somebody',
  'robot',
];
const content = fc
  .tuple(...logins.map((login, index) => fc.option(row(login, String(index + 1)))))
  .map((rows): SystemFile => {
    const accounts = rows.flatMap((one) => one ?? []);
    // Two of one person are a case of their own, which is blocked.
    const seen = new Set<string>();
    return {
      accounts: accounts.filter(({ person }) => person === null || (!seen.has(person) && seen.add(person))),
    };
  });

const story = fc.record({
  people: fc.tuple(...ids.map((id) => fc.option(person(id)))).map((all) => all.flatMap((one) => one ?? [])),
  directory: content,
  github: content,
  today: day,
});

const parent = temporaryFolder('people');
const tell = ({
  people,
  directory,
  github,
}: Pick<typeof story extends fc.Arbitrary<infer T> ? T : never, 'people' | 'directory' | 'github'>) => {
  const world = peopleWorld(mkdtempSync(path.join(parent, 'case-')));
  world.setPeople(stringify({ version: 1, roles, people }));
  world.setSystem('directory', directory);
  world.setSystem('github', github);
  return world;
};
const protectedLogins = ['break-glass'];
const isProtected = (system: string, { login }: Row) =>
  protectedLogins.includes(login) || (system === 'github' && login === 'deploy-bot');

it('a plan that is applied leaves nothing to plan, touches nobody who is not written down or is protected, and says no name', {
  tags: ['long'],
}, async () => {
  const seen = { changes: 0, blocked: 0, clean: 0 };
  await fc.assert(
    fc.asyncProperty(story, async ({ today, ...told }) => {
      const world = tell(told);
      const { exit } = await world.plan({ today });
      expect([0, 2, 3]).toContain(exit);
      const applied = await world.apply({ today });
      expect(applied.exit).toBe(exit === 3 ? 3 : 0);
      const written = new Set(told.people.map(({ id }) => id));
      for (const system of systems) {
        const after = world.system(system).accounts;
        for (const before of told[system].accounts) {
          const stranger = before.person === null || !written.has(before.person);
          if (exit === 3 || stranger || isProtected(system, before))
            expect(after.find(({ id }) => id === before.id)).toEqual(before);
        }
        if (exit === 3) expect(after).toEqual(told[system].accounts);
      }
      if (exit !== 3) expect((await world.plan({ today })).exit).toBe(0);
      for (const { name, email, login } of told.people)
        for (const value of [name, email, login.includes('q') ? login : name])
          expect(world.said()).not.toContain(value);
      seen[exit === 3 ? 'blocked' : exit === 2 ? 'changes' : 'clean'] += 1;
    }),
    { numRuns: 120 },
  );
  // Else it would show nothing.
  expect(seen.changes).toBeGreaterThan(12);
  expect(seen.blocked).toBeGreaterThan(4);
});

it('a server that protects nothing would have let it be touched', async () => {
  const settings = path.join(parent, 'settings.yaml');
  const own = readFileSync(path.join(example, 'runners/people/settings.yaml'), 'utf8');
  writeFileSync(settings, own.replace(/^protected:\n(?: .*\n)+/m, ''));
  const untouched = fc.asyncProperty(story, async ({ today, ...told }) => {
    const world = tell(told);
    await world.plan({ today, settings });
    await world.apply({ today, settings });
    for (const before of told.directory.accounts.filter((one) => isProtected('directory', one)))
      expect(world.system('directory').accounts.find(({ id }) => id === before.id)).toEqual(before);
  });
  expect((await fc.check(untouched, { numRuns: 300 })).failed).toBe(true);
});

it('the summary counts what it lists, every address once, and marks whatever names somebody', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ today, ...told }) => {
      const world = tell(told);
      await world.plan({ today });
      const { items, changes } = world.summary();
      const addresses = items.map(({ address }: { address: string }) => address);
      expect(new Set(addresses).size).toBe(addresses.length);
      for (const action of ['create', 'update', 'delete'])
        expect(items.filter((one: { action: string }) => one.action === action)).toHaveLength(
          changes[action],
        );
      for (const item of items)
        for (const [key, value] of Object.entries({ ...item.before, ...item.after }))
          if (told.people.some((one) => Object.values(one).slice(1, 3).includes(String(value))))
            expect(item.sensitive).toContain(`/${key}`);
    }),
    { numRuns: 100 },
  );
});
