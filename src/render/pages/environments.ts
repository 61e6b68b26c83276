import type { EnvironmentLine } from '../../domain/environments.ts';
import { standingWords } from '../environment-words.ts';
import { clip, visible } from '../markdown.ts';
import { count } from '../words.ts';
import { moment } from './moments.ts';

export interface EnvironmentLineView {
  readonly line: EnvironmentLine;
  /** Of its page, below the address of the pages. */
  readonly path: string;
  /** `owner/name`, as it is called now. */
  readonly repository: string;
  /** The forge could not be asked about it since then, so what it asks for is as old; null: it is not. */
  readonly unheardSince: number | null;
  readonly commitUrl: string | null;
  /** Of what its branch asks for. */
  readonly desiredUrl: string | null;
  readonly pullUrl: string | null;
  readonly heldByUrl: string | null;
}

export interface EnvironmentsView {
  /** Null: of no environment. */
  readonly environments: readonly {
    readonly name: string | null;
    readonly lines: readonly EnvironmentLineView[];
    /** How many are not shown. */
    readonly more: number;
  }[];
}

const name = (text: string): string => clip(visible(text), 200);

export const environmentLineOf = ({
  line,
  path,
  repository,
  unheardSince,
  commitUrl,
  desiredUrl,
  pullUrl,
  heldByUrl,
}: EnvironmentLineView) => {
  const { version, standing } = line;
  return {
    path,
    project: name(line.name),
    repository: name(repository),
    version:
      version === null
        ? null
        : {
            sha: version.sha.slice(0, 7),
            at: moment(version.at),
            by: version.by === null ? null : name(version.by),
            pull: version.pullNumber,
            ...{ commitUrl, pullUrl },
          },
    unheard: unheardSince === null ? null : moment(unheardSince),
    standing,
    words: name(standingWords(line)),
    isGood:
      standing === 'same' &&
      version?.sure === true &&
      line.refused === null &&
      line.drift?.status !== 'drifted' &&
      line.suspended === null,
    desired: line.desired === null ? null : { sha: line.desired.slice(0, 7), commitUrl: desiredUrl },
    since: line.pendingSince === null ? null : moment(line.pendingSince),
    held: line.heldBy === null ? null : { number: line.heldBy, pullUrl: heldByUrl },
    window: line.window === null ? null : name(line.window),
  };
};

export const environmentsPage = ({ environments }: EnvironmentsView) => ({
  environments: environments.map((one) => ({
    name: one.name === null ? 'No environment' : name(one.name),
    many: count(one.lines.length + one.more, 'project'),
    lines: one.lines.map(environmentLineOf),
    more: one.more,
  })),
});
