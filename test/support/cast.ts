import type { Actor, Permission } from '../../src/domain/pull.ts';
import type { createMemoryForge } from '../../src/forge/memory/forge.ts';
import { people, repo } from './memory-world.ts';
import { person } from './samples.ts';

export const team = { organisation: 'acme', slug: 'ops' };

/** A member has no more permission than somebody with triage, and is in the team besides. */
export const cast = {
  reader: people.mallory,
  triager: person(11, 'tina'),
  writer: people.ada,
  member: person(12, 'mia'),
  admin: people.margaret,
} as const;
export type Role = keyof typeof cast;
export const roles: readonly Role[] = ['reader', 'triager', 'writer', 'member', 'admin'];
export const rights: Readonly<Record<Role, Permission>> = {
  reader: 'read',
  triager: 'triage',
  writer: 'write',
  member: 'triage',
  admin: 'admin',
};

/** The cast's permissions, and who is in the team. */
export const giveRights = (
  forge: Pick<ReturnType<typeof createMemoryForge>, 'setPermission' | 'facts'>,
  members: readonly Actor[] = [cast.member],
) => {
  for (const role of roles) forge.setPermission(repo, cast[role].login, rights[role]);
  forge.facts.setTeam(
    team,
    members.map(({ login }) => login),
  );
};
