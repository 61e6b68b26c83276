import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../examples/people/runners/people/commands.mjs';
import { temporaryFolder } from '../support/leftovers.ts';

export const example = fileURLToPath(new URL('../../examples/people', import.meta.url));
export const today = '2026-11-22';

/** An account as a file has it that stands for a system. */
export interface Row {
  readonly id: string;
  readonly person: string | null;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly team: string;
  readonly roles: readonly string[];
  readonly state: 'active' | 'suspended';
}

export interface SystemFile {
  readonly seats?: number;
  readonly maintenance?: boolean;
  readonly accounts: readonly Row[];
}

interface Asked {
  readonly today?: string;
  readonly signal?: AbortSignal;
  /** Another file than the example's; absolute. */
  readonly settings?: string;
}

/** The example in a folder of its own: people.yaml, systems, and the tool in this process. */
export const peopleWorld = (parent = temporaryFolder('people')) => {
  const folder = mkdtempSync(path.join(parent, 'world-'));
  const at = (...names: readonly string[]): string => path.join(folder, ...names);
  mkdirSync(at('people'));
  cpSync(path.join(example, 'systems'), at('systems'), { recursive: true });
  cpSync(path.join(example, 'repository', 'people', 'people.yaml'), at('people', 'people.yaml'));
  const system = (name: string): SystemFile =>
    JSON.parse(readFileSync(at('systems', `${name}.json`), 'utf8'));
  const said: string[] = [];
  const ask = async (args: readonly string[], asked: Asked = {}) => {
    const lines: string[] = [];
    const exit = await run(args, {
      cwd: at('people'),
      environment: {
        PEOPLE_TODAY: asked.today ?? today,
      },
      now: () => {
        throw new Error('nobody asks for the time where the day is given');
      },
      ...(asked.settings === undefined ? {} : { settings: asked.settings }),
      say: (line: string) => lines.push(line),
      signal: asked.signal ?? new AbortController().signal,
    });
    said.push(...lines);
    return { exit, text: lines.join('\n') };
  };
  return {
    at,
    system,
    setSystem: (name: string, content: SystemFile) =>
      writeFileSync(at('systems', `${name}.json`), JSON.stringify(content)),
    account: (name: string, login: string): Row | null =>
      system(name).accounts.find((one) => one.login === login) ?? null,
    people: () => readFileSync(at('people', 'people.yaml'), 'utf8'),
    setPeople: (text: string) => writeFileSync(at('people', 'people.yaml'), text),
    /** Puts another text in the place of one that is there. */
    edit(from: string, to: string) {
      const before = readFileSync(at('people', 'people.yaml'), 'utf8');
      if (!before.includes(from)) throw new Error(`people.yaml does not hold ${JSON.stringify(from)}`);
      writeFileSync(at('people', 'people.yaml'), before.replace(from, to));
    },
    plan: (asked?: Asked) => ask(['plan', '--out', at('plan')], asked),
    drift: (asked?: Asked) => ask(['drift', '--out', at('plan')], asked),
    apply: (asked?: Asked) => ask(['apply', at('plan')], asked),
    ask,
    summary: () => JSON.parse(readFileSync(at('plan', 'summary.json'), 'utf8')),
    planText: (name: string) => readFileSync(at('plan', name), 'utf8'),
    setPlanText: (name: string, text: string) => writeFileSync(at('plan', name), text),
    /** Everything that was printed so far. */
    said: () => said.join('\n'),
  };
};

/** Entries of people.yaml in the order of its keys. */
export const joiner = `  - id: p-1004
    name: Katherine Johnson
    email: katherine@acme.example
    login: katherine
    team: platform
    roles: [engineer]
    systems: [directory, github]
    start: 2026-11-22
`;
