import type { Path } from '../yaml.ts';

/** Something of a file of Atlantis that is not carried over as it stands. */
export interface Left {
  /** Where it is written. */
  readonly path: Path;
  /** What it is and what becomes of it, a whole sentence. */
  readonly sentence: string;
  /** What to do instead, a whole sentence; may be empty. */
  readonly advice: string;
  /**
   * Would another thing be planned, or less be asked, if this were passed over? Then a file that has it is not read as it
   * stands; what is left out else is only named.
   */
  readonly blocks: boolean;
}

export type Leave = (path: Path, sentence: string, advice?: string) => void;

/** Collects what is left, in the order in which it was found. */
export const createLeft = (): {
  readonly all: readonly Left[];
  readonly name: Leave;
  readonly refuse: Leave;
} => {
  const all: Left[] = [];
  const add =
    (blocks: boolean): Leave =>
    (path, sentence, advice = '') =>
      all.push({ path, sentence, advice, blocks });
  return { all, name: add(false), refuse: add(true) };
};
