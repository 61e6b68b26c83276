import { type MemoryWorld, refOf, repo } from './memory-world.ts';

/** The one comment with the plans. */
export const boardOf = ({ forge }: MemoryWorld, number = 1): string =>
  forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
/** A project's line of its table. */
export const rowOf = (world: MemoryWorld, name: string, number = 1): string =>
  boardOf(world, number)
    .split('\n')
    .find((line) => line.startsWith(`| \`${name}\``)) ?? '';
/** `success: Nothing to apply`: a check on the head. */
export const titleOf = (world: MemoryWorld, number = 1, name = 'tidegate/apply'): string => {
  const { sha } = world.ask(number).head;
  const check = world.forge.checks(repo).findLast((one) => one.headSha === sha && one.name === name);
  return `${check?.conclusion ?? check?.status}: ${check?.title}`;
};
/** All answers to commands. */
export const answersOf = ({ forge }: MemoryWorld, number = 1): string =>
  forge
    .comments(refOf(number))
    .map(({ body }) => body)
    .filter((body) => body.includes('tidegate:reply:'))
    .join('\n');
