import type { Permission } from '../hub/state.ts';
import { monitoring } from './monitoring-story.ts';
import { office } from './office-story.ts';
import type { Portal } from './portal.ts';
import { services } from './queue-story.ts';
import type { World } from './world.ts';

const parts: Readonly<Record<string, string>> = {
  ada: 'opened #1',
  grace: 'opened #2, and may approve #1',
  margaret: "may also /unlock another's projects by name",
  mallory: 'may approve too, which does not count',
};

/** What the terminal says when the two pull requests are there: where to look, who to be, what to try. */
export const welcome = (
  world: World,
  people: Readonly<Record<string, Permission>>,
  portal: Portal | null,
): string => {
  const { hub, repository, tokens } = world;
  const page = (path: string, of = repository): string => hub.pageUrl(`/${of}${path}`);
  const { host } = new URL(hub.url);
  const { id } = hub.actor('ada').account;
  const name = repository.split('/').at(-1) ?? '';
  const roles = Object.entries(people).map(
    ([login, role]) => `    ${login.padEnd(10)}${role.padEnd(7)}${parts[login] ?? ''}`,
  );
  const deployed =
    portal === null
      ? ''
      : `     It changes the values of a release as well, in a stand-in cluster that lives in memory:
     KUBECONFIG=${portal.kubeconfig} kubectl get configmap,deployment -n office
`;
  return `
  #1 Give everything to the storage team: both projects; the database asks for an approval
     ${page('/pull/1')}

  #2 Add a third subnet: the network only; waits in line for #1
     ${page('/pull/2')}

  #1 of ${services}: press Apply on the check of billing as ada, approve as grace, "Merge when ready";
     the merge queue merges it, and the gateway is applied by that
     ${page('/pull/1', services)}

  #1 of ${office}: a Terraform module and people.yaml; /apply as ada, and when people are planned,
     approve as grace and as margaret, /apply again
     ${page('/pull/1', office)}
${deployed}
  ${monitoring}: "Break something" takes an alert away without a pull request; an issue says so within
     seconds, and /plan and /apply on it put it back
     ${page('', monitoring)}

  Runs with their logs, and locks, as Tidegate shows them to who signs in with the hub
     ${world.app.pagesUrl}/

  The menu of each page lets you act as
${roles.join('\n')}

  On #1: comment /apply as ada, approve as grace, /apply again, merge. Then #2 is planned by itself.
  /plan, /unlock, /status and /help work too. State files: ${world.stateFolder}

  A change of your own, as ada; change the line with echo as you like, and paste it into another terminal:
    git clone -c user.name=ada -c user.email=${id}+ada@users.noreply.github.com -c credential.helper= http://ada:${tokens['ada'] ?? ''}@${host}/${repository}.git
    cd ${name} && git checkout -b mine
    echo 'resource "terraform_data" "mine" { input = "hello" }' > network/mine.tf
    git add . && git commit -m "Something of mine" && git push origin mine
  and open a pull request for it below "New pull request" on
     ${page('')}

  Ctrl-C ends it and removes everything but your clone.
`;
};
