import { nearest } from './domain/nearest.ts';

interface Option {
  /** As it is typed, with what it takes. */
  readonly flag: string;
  readonly says: string;
}

interface Command {
  /** Behind `tidegate`. */
  readonly call: string;
  readonly says: string;
  readonly options: readonly Option[];
  /** What else has to be known, a line each. */
  readonly more?: readonly string[];
}

const choosing: readonly Option[] = [
  { flag: '-p, --project NAME', says: 'only this project; a glob, and again for each' },
  { flag: '-d, --dir DIR', says: 'only projects in this folder' },
  { flag: '-w, --workspace NAME', says: 'only projects of this workspace' },
  { flag: '-l, --label LABEL', says: 'only projects with this label' },
];
const config: Option = { flag: '--config FILE', says: 'the operator file of the server' };
const repository: Option = {
  flag: '--repository OWNER/NAME',
  says: 'the name on GitHub (default: that of `origin`)',
};
const generate: Option = {
  flag: '--generate',
  says: 'run the command of the operator file that says projects',
};
const json: Option = { flag: '--json', says: 'for programs' };
const compared: readonly Option[] = [
  { flag: '--base REF', says: 'the branch that the pull request would go into' },
  { flag: '--head REF', says: 'what is compared with it (default: what lies in the checkout)' },
];
const exits = 'Exits with 0, with 1 where something is wrong, and with 2 where it is used wrongly.';

/** In the order in which they are listed. */
const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries<Command>({
    serve: {
      call: 'serve',
      says: 'takes webhooks and works; settings come from the environment',
      options: [],
    },
    doctor: { call: 'doctor', says: 'what is not set up right, and what to do', options: [json] },
    audit: {
      call: 'audit verify | export | sign',
      says: 'is the audit trail as the server left it? Also as JSON lines, oldest first',
      options: [
        {
          flag: '--head LINE',
          says: 'of `verify` and `sign`: the line `Audit head: ...` of a check that the trail has to hold',
        },
      ],
      more: ['`sign` is for after the secret key was replaced.', exits],
    },
    validate: {
      call: 'validate [DIR]',
      says: 'is the tidegate.yaml of a checkout right? Needs no server',
      options: [json, config, repository, generate],
      more: [exits],
    },
    projects: {
      call: 'projects [DIR]',
      says: 'the projects of a checkout, or those that a pull request would affect',
      options: [
        ...compared,
        { flag: '--why', says: 'by which files' },
        { flag: '--all', says: 'those that are not affected as well' },
        ...choosing,
        ...[json, config, repository, generate],
      ],
      more: [exits],
    },
    plan: {
      call: 'plan',
      says: 'what the comment would say of a checkout, planned on this machine',
      options: [
        ...compared,
        ...choosing,
        { flag: '--env NAME', says: 'a variable of yours that tools are to see; again for each' },
        { flag: '--markdown', says: 'the comment itself' },
        { flag: '--detailed-exitcode', says: 'ends with 2 where there are changes' },
        ...[config, repository, generate],
      ],
      more: ['It never applies, and writes nothing into the checkout.', exits],
    },
    'import-atlantis': {
      call: 'import-atlantis [DIR]',
      says: 'writes the tidegate.yaml for the atlantis.yaml of a checkout',
      options: [
        { flag: '--repo-config FILE', says: 'the server-side repo config of Atlantis' },
        { flag: '--force', says: 'also where there is a tidegate.yaml' },
      ],
      more: ['Exits with 3 where something has to be settled by hand.'],
    },
    providers: {
      call: 'providers mirror [DIR...]',
      says: 'fills the mirror of the operator with the providers that lock files of checkouts name',
      options: [
        { flag: '--config FILE', says: 'the operator file, which names the mirror' },
        { flag: '--mirror FOLDER', says: 'the mirror, where there is no operator file' },
        { flag: '--tool NAME', says: '`terraform` or `tofu`' },
        { flag: '--registry HOST', says: 'a registry besides the two public ones; again for each' },
      ],
      more: [exits],
    },
    demo: {
      call: 'demo',
      says: 'a GitHub on this machine, Tidegate beside it, and an open pull request',
      options: [
        { flag: '--script', says: 'the whole story without a person; exits 0 only if each step was seen' },
        { flag: '--port NUMBER', says: 'where its GitHub listens (default: a free one)' },
      ],
    },
  }),
);

const aligned = (rows: readonly (readonly [string, string])[]): readonly string[] => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
};

const list = aligned([...commands.values()].map(({ call, says }) => [`tidegate ${call}`, says]));

export const usage = `tidegate: plans, reviews and applies infrastructure changes from pull requests

${list.join('\n')}

\`tidegate COMMAND --help\` says what it takes; \`tidegate --version\` which one this is.
`;

/** Null: there is no such command. */
export const helpOf = (name: string): string | null => {
  const command = commands.get(name);
  if (command === undefined) return null;
  const { call, says, options, more = [] } = command;
  const parts = [
    `tidegate ${call}`,
    `  ${says}`,
    ...(options.length === 0 ? [] : ['', ...aligned(options.map((one) => [one.flag, one.says]))]),
    ...(more.length === 0 ? [] : ['', ...more.map((line) => `  ${line}`)]),
  ];
  return `${parts.join('\n')}\n`;
};

/** One line for a word that is no command. */
export const unknownCommand = (word: string): string => {
  const meant = nearest(word, [...commands.keys(), 'help']);
  return `There is no command \`${word}\`.${meant === null ? '' : ` Did you mean \`${meant}\`?`} \`tidegate --help\` lists them.`;
};
