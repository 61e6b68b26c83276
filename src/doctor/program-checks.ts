import { type lookForServerPrograms, serverProgramNames } from '../programs/server-programs.ts';
import { type Finding, fail, ok } from './finding.ts';

/**
 * Which file each program is that the server itself starts. What it means that one is not there other checks say.
 * @param node absolute: what this process runs on, and what every process of the server runs on that is Node
 */
export const checkPrograms = (
  { programs, refused }: Awaited<ReturnType<typeof lookForServerPrograms>>,
  node: string,
): readonly Finding[] => [
  ok('program node', `\`${node}\``),
  ...serverProgramNames.map((name) => {
    const check = `program ${name}`;
    const problem = refused.get(name);
    if (problem !== undefined) return fail(check, problem.sentence, problem.advice);
    const file = programs[name];
    return ok(check, file === null ? 'is not there' : `\`${file}\``);
  }),
];
