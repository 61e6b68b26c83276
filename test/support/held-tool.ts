import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from './acts.ts';
import { temporaryFolder } from './leftovers.ts';

/** terraform behind a door that a test holds shut, with a journal of what was started and what it was told. */
export interface HeldTool {
  /** For the server: terraform on this PATH is the held one. */
  readonly path: string;
  /** From now on `VERB` in the folder of this project waits before it begins, until it is let go. */
  hold(verb: string, project: string): void;
  letGo(verb: string, project: string): void;
  letAllGo(): void;
  /** From now on plans that begin hear no SIGINT, or do again. */
  deafenPlans(deaf: boolean): void;
  /** Waits until the n-th of them was started; its pid. */
  begun(verb: string, project: string, n?: number): Promise<number>;
  /** How often it was started. */
  starts(verb: string, project: string): number;
  /** SIGINTs that reached an apply. */
  interrupts(): number;
  /** SIGINTs that reached what else is in the group of an apply: only the tool itself may be told. */
  spilled(): number;
  /** Starts beside another one of the same project that was still at work. */
  overlaps(): number;
}

/**
 * The script stays in front of an apply, passes each SIGINT on to terraform and to nothing else, and writes it down;
 * anything else becomes terraform. `env` undoes what the shell does to a child in the background.
 */
const script = (folder: string, real: string): string => `#!/bin/sh
PATH='${real}'
project=$(basename "$PWD")
case "$1" in plan|apply) ;; *) exec terraform "$@";; esac
child=
beside=
if [ "$1" = apply ]; then
  env --default-signal=INT sh -c 'trap "echo spilled >> ${folder}/journal; exit" INT; while readlink /proc/'$$'/exe > /dev/null; do sleep 0.05; done' &
  beside=$!
  trap 'echo "interrupt" >> ${folder}/journal; [ -z "$child" ] || kill -INT $child' INT
fi
if [ "$1" = plan ] && [ -e ${folder}/deaf ]; then trap '' INT; fi
while read -r what verb where pid; do
  if [ "$what" = begin ] && [ "$where" = "$project" ] && readlink "/proc/$pid/exe" > /dev/null; then echo overlap >> ${folder}/journal; fi
done < ${folder}/journal
echo "begin $1 $project $$" >> ${folder}/journal
while [ -e "${folder}/hold-$1-$project" ]; do sleep 0.05; done
[ "$1" = apply ] || exec terraform "$@"
env --default-signal=INT terraform "$@" &
child=$!
while :; do wait $child; code=$?; kill -0 $child 2> /dev/null || break; done
kill $beside
exit $code
`;

/** Whether a process of this number does anything; one that ended and that nobody counted does not. */
export const isAtWork = (pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== '';
  } catch {
    return false;
  }
};

export const holdTool = async (): Promise<HeldTool> => {
  const folder = temporaryFolder('held');
  const bin = path.join(folder, 'bin');
  const journal = path.join(folder, 'journal');
  const real = process.env['PATH'] ?? '';
  await mkdir(bin);
  appendFileSync(journal, '');
  writeFileSync(path.join(bin, 'terraform'), script(folder, real));
  await chmod(path.join(bin, 'terraform'), 0o755);
  const lines = () => readFileSync(journal, 'utf8').split('\n');
  const door = (verb: string, project: string) => path.join(folder, `hold-${verb}-${project}`);
  const started = (verb: string, project: string) =>
    lines().filter((line) => line.startsWith(`begin ${verb} ${project} `));
  return {
    path: `${bin}:${real}`,
    hold: (verb, project) => writeFileSync(door(verb, project), ''),
    letGo: (verb, project) => {
      if (!existsSync(door(verb, project))) throw new Error(`nobody holds ${verb} of ${project}`);
      rmSync(door(verb, project));
    },
    letAllGo: () => {
      for (const name of readdirSync(folder)) if (name.startsWith('hold-')) rmSync(path.join(folder, name));
    },
    deafenPlans: (deaf) => {
      if (deaf) writeFileSync(path.join(folder, 'deaf'), '');
      else rmSync(path.join(folder, 'deaf'));
    },
    begun: (verb, project, n = 1) =>
      eventually(() => {
        const pid = started(verb, project)[n - 1]?.split(' ')[3];
        if (pid === undefined) throw new Error(`${verb} of ${project} was not started ${n} times`);
        return Number(pid);
      }),
    starts: (verb, project) => started(verb, project).length,
    interrupts: () => lines().filter((line) => line === 'interrupt').length,
    spilled: () => lines().filter((line) => line === 'spilled').length,
    overlaps: () => lines().filter((line) => line === 'overlap').length,
  };
};
