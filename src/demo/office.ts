import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Files, localBackend } from './repository.ts';

/** The demo's third repository: teams by Terraform, and the people in them by the runner of `examples/people`. */

export const officeName = 'office';

const example = fileURLToPath(new URL('../../examples/people', import.meta.url));

/** The day that the people of the story are planned for: their first and last days lie around it. */
const today = '2026-11-22';

const team = (privacy: string): string => `variable "name" {
  type = string
}

resource "terraform_data" "team" {
  input = { name = var.name, privacy = "${privacy}" }
}
`;

const teams = `module "team" {
  source   = "../modules/team"
  for_each = toset(["platform", "engines"])
  name     = each.key
}
`;

const settings = `# People are put into teams when the teams are there.
version: 1
projects:
  - name: teams
    dir: teams
  - name: people
    dir: people
    runner: people
    environment: people
    depends_on: [teams]
`;

export const officeProjects = ['teams'] as const;

const peopleFile = (): Promise<string> =>
  readFile(path.join(example, 'repository', 'people', 'people.yaml'), 'utf8');

/** As `startingFiles`. */
export const startingOffice = async (stateFolder: string): Promise<Files> => ({
  'README.md': '# People of acme\n\nWho joins, moves or leaves is a pull request.\n',
  'tidegate.yaml': settings,
  'modules/team/main.tf': team('open'),
  'teams/backend.tf': localBackend(stateFolder, 'teams'),
  'teams/main.tf': teams,
  'people/people.yaml': await peopleFile(),
});

/** Teams are closed; Katherine joins, Ada becomes an administrator, and Charles has left. What Helm adds to it: `portal.ts`. */
export const newPeople = async (): Promise<Files> => ({
  'modules/team/main.tf': team('closed'),
  'people/people.yaml': `${(await peopleFile()).replace('roles: [lead]', 'roles: [administrator]')}    end: 2026-11-20
  - id: p-1004
    name: Katherine Johnson
    email: katherine@acme.example
    login: katherine
    team: engines
    roles: [engineer]
    systems: [directory, github]
    start: 2026-11-22
`,
});

/** Where the files lie that stand for a directory and for GitHub. */
export const systemsFolderOf = (stateFolder: string): string => path.join(stateFolder, 'systems');

/** Lays those files down. */
export const startSystems = (stateFolder: string): Promise<void> =>
  cp(path.join(example, 'systems'), systemsFolderOf(stateFolder), { recursive: true });

/** What the server has to know beside the rest: the runner, the variables that tools may see, and the rule for it. */
export const officeOperator = (
  variables: readonly string[],
): string => `runners: [${JSON.stringify(path.join(example, 'runners'))}]
env:
  plan: [${['PEOPLE_SYSTEMS', ...variables].join(', ')}]
  apply: [${['PEOPLE_SYSTEMS', ...variables].join(', ')}]
rules:
  - match: people
    runner: people
    env: { PEOPLE_TODAY: "${today}" }
    requirements:
      - approved
      - approved: { count: 2 } # nobody makes an administrator alone
        when: plan.resources.exists(r, r.type == "administrator")
`;

export const officeEnvironment = (stateFolder: string): Readonly<Record<string, string>> => ({
  PEOPLE_SYSTEMS: systemsFolderOf(stateFolder),
});
