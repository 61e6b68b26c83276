import { ownValue } from '../domain/own-value.ts';
import type { Installation, InstalledRepository, Registration, RequiredCheck } from '../forge/app/port.ts';
import { type Finding, fail, ok, skip, some, warn } from './finding.ts';

/** What `app.yml` asks for. */
export interface Manifest {
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

/** A question that GitHub did not answer, and how. */
export interface Unanswered {
  readonly status: number | null;
  readonly message: string;
}

const said = ({ status, message }: Unanswered): string =>
  status === null ? message : `${status} ${message}`;

/** An answer that could not be had. */
export const unreadable = (check: string, why: Unanswered): Finding =>
  warn(
    check,
    `GitHub did not say: ${said(why)}`,
    'Try again; https://www.githubstatus.com says how GitHub is.',
  );

export const checkCredentials = (
  apiUrl: string,
  appId: number,
  answer: Registration | Unanswered,
): Finding => {
  const check = 'github';
  if ('permissions' in answer) return ok(check, `${apiUrl} knows us as \`${answer.name}\``);
  const found = `${apiUrl}: ${said(answer)}`;
  if (answer.status === 404)
    return fail(
      check,
      found,
      `There is no App ${appId} there, or the key is another App's. Look at \`APP_ID\` in the App's settings.`,
    );
  if (answer.status === 401)
    return fail(
      check,
      found,
      'Make a new private key in the settings of the App and set it as `PRIVATE_KEY` or `PRIVATE_KEY_PATH`; if the clock is wrong, set it first.',
    );
  if (answer.status === null)
    return fail(
      check,
      found,
      'Let this machine reach GitHub: name resolution, proxy, firewall, `GHE_HOST` and `GHE_PROTOCOL`.',
    );
  return fail(check, found, 'Try again; https://www.githubstatus.com says how GitHub is.');
};

const tooFarMs = 60_000;
const farMs = 10_000;

/** GitHub refuses the App's tokens when the clocks differ by more than a minute. */
export const checkClock = (aheadMs: number | null): Finding => {
  const check = 'clock';
  if (aheadMs === null) return skip(check, 'GitHub did not show its time');
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const found = `${seconds} s ${aheadMs > 0 ? 'behind' : 'ahead of'} GitHub`;
  const advice = 'Set the clock of this machine by NTP (`timedatectl set-ntp true`).';
  if (Math.abs(aheadMs) > tooFarMs) return fail(check, `this machine is ${found}`, advice);
  if (Math.abs(aheadMs) > farMs) return warn(check, `this machine is ${found}`, advice);
  return ok(check, seconds < 2 ? 'agrees with GitHub' : found);
};

const levels = ['none', 'read', 'write', 'admin'];
const levelOf = (level: string | undefined): number => Math.max(0, levels.indexOf(level ?? 'none'));

/** `checks: write`, for each permission of `wanted` that `granted` does not reach. */
const missingOf = (
  wanted: Manifest['permissions'],
  granted: Readonly<Record<string, string>>,
): readonly string[] =>
  Object.entries(wanted)
    .filter(([name, level]) => levelOf(granted[name]) < levelOf(level))
    .map(([name, level]) => `${name}: ${level}`);

/** What Tidegate does without, and personal accounts have no members to show. `app.yml` says what is lost. */
const optional: ReadonlySet<string> = new Set([
  'members: read',
  'statuses: read',
  'deployments: write',
  'actions: read',
  'merge_queues: read',
  'issues: write',
]);

/** What is lost without each of them. */
const withoutIt: Readonly<Record<string, string>> = {
  'members: read': 'rules about teams count nobody',
  'statuses: read': 'required statuses count as missing',
  'deployments: write': 'applies are not shown as deployments',
  'actions: read': 'what protects environments on GitHub is not kept',
  'issues: write': 'drift is told in no issue',
  'merge_queues: read': 'merge queues that require the checks wait for them in vain',
};

const needed = (missing: readonly string[], granted: Readonly<Record<string, string>>): readonly string[] =>
  missing.filter(
    // Whoever may not even read issues hears of no comment.
    (permission) =>
      !optional.has(permission) || (permission === 'issues: write' && levelOf(granted['issues']) === 0),
  );

/** @param merges rules ask for merges by themselves, which take more than `app.yml` asks for */
export const checkPermissions = (manifest: Manifest, app: Registration, merges: boolean): Finding => {
  const check = 'permissions';
  const missing = missingOf(manifest.permissions, app.permissions);
  if (needed(missing, app.permissions).length > 0)
    return fail(
      check,
      `missing: ${some(missing, 20)}`,
      `Add them under "Permissions & events" in the settings of the App (${app.settingsUrl}); then each installation has to accept.`,
    );
  if (missing.length > 0)
    return warn(
      check,
      `without ${some(missing, 20)}`,
      `Without it ${missing.map((one) => ownValue(withoutIt, one) ?? one).join('; ')}. Add it in the settings of the App (${app.settingsUrl}) where that matters; then each installation has to accept.`,
    );
  const more = missingOf(app.permissions, manifest.permissions).filter(
    (one) => !(merges && one === mergePermission),
  );
  return more.length === 0
    ? ok(check, 'as `app.yml` says')
    : warn(
        check,
        `more than needed: ${some(more, 20)}`,
        'Take them away in the settings of the App: what it may not do, nobody can do who breaks in.',
      );
};

/** GitHub lets nobody merge with less. */
const mergePermission = 'contents: write';

/** Files of repositories can ask for merges too: of those the comment of the pull request says it. */
export const checkAutomerge = (
  merges: boolean,
  app: Registration,
  installations: readonly Installation[],
): readonly Finding[] => {
  const check = 'automerge';
  if (!merges) return [];
  const wanted = { contents: 'write' };
  const advice = (where: string) =>
    `People have to merge until then, and each comment says so. Grant *Contents: write* ${where}, or take \`automerge\` out of the operator file: with it, a server that is broken into can push.`;
  if (missingOf(wanted, app.permissions).length > 0)
    return [
      warn(
        check,
        `the operator file asks for it, and the App has no \`${mergePermission}\``,
        advice(`in the settings of the App (${app.settingsUrl}), have each installation accept it`),
      ),
    ];
  const lacking = installations.filter(
    ({ suspended, permissions }) => !suspended && missingOf(wanted, permissions).length > 0,
  );
  if (lacking.length === 0) return [ok(check, `the App may merge (\`${mergePermission}\`)`)];
  return lacking.map(({ account, url }) =>
    warn(
      check,
      `the operator file asks for it, and \`${account}\` has not granted \`${mergePermission}\``,
      advice(`there (${url})`),
    ),
  );
};

export const checkEvents = (manifest: Manifest, app: Registration): Finding => {
  const check = 'events';
  // Nobody can subscribe to it who may not read merge queues, and that was said.
  const isToldElsewhere = (event: string) =>
    event === 'merge_group' && levelOf(app.permissions['merge_queues']) < levelOf('read');
  const missing = manifest.events.filter((event) => !app.events.includes(event) && !isToldElsewhere(event));
  if (missing.length > 0)
    return fail(
      check,
      `not subscribed to: ${some(missing, 20)}`,
      `Subscribe under "Permissions & events" in the settings of the App (${app.settingsUrl}).`,
    );
  const more = app.events.filter((event) => !manifest.events.includes(event));
  return more.length === 0
    ? ok(check, 'as `app.yml` says')
    : warn(
        check,
        `more than needed: ${some(more, 20)}`,
        'Take them away in the settings of the App: each is a request that is only put aside.',
      );
};

/** What the server starts with is right in itself; whether it is this App's only GitHub knows. It tells nobody the callback URLs. */
export const checkLogin = (
  server: { readonly loginClientId: string | null; readonly publicUrl: string | null },
  app: Registration,
): Finding => {
  const check = 'pages';
  if (server.loginClientId === null)
    return ok(check, 'are opened by the link of a start, on this machine; nobody signs in');
  if (app.clientId !== null && app.clientId !== server.loginClientId)
    return fail(
      check,
      '`GITHUB_CLIENT_ID` is not the client id of this App',
      `Nobody could sign in, or as somebody of another App. Take the client id from the settings of the App (${app.settingsUrl}), and make a client secret there.`,
    );
  const callback = server.publicUrl === null ? 'the pages’ own address' : server.publicUrl;
  return ok(
    check,
    `people sign in with GitHub; the App has to have the callback URL ${callback}/login/callback`,
  );
};

export const checkInstallations = (
  manifest: Manifest,
  installations: readonly Installation[],
): readonly Finding[] => {
  const check = 'installation';
  if (installations.length === 0)
    return [
      warn(
        check,
        'the App is installed nowhere',
        'Install it on the repositories that `allow` names, from the settings of the App.',
      ),
    ];
  return installations.map(({ account, url, suspended, permissions }) => {
    if (suspended)
      return fail(check, `\`${account}\` has suspended it`, `Ask an owner to take it up again: ${url}`);
    const lacking = missingOf(manifest.permissions, permissions);
    const missing = needed(lacking, permissions);
    const without = lacking.length === 0 ? '' : `, without ${some(lacking, 20)}`;
    return missing.length > 0
      ? fail(
          check,
          `\`${account}\` has not granted ${some(missing, 20)}`,
          `Ask an owner to accept the new permissions: ${url}`,
        )
      : ok(check, `\`${account}\`${without}`);
  });
};

/** @param complete false where an installation reaches more than was looked at */
export const checkAllowed = (
  reached: readonly InstalledRepository[],
  allowed: readonly InstalledRepository[],
  complete: boolean,
): Finding => {
  const check = 'allow';
  const of = `${allowed.length} of ${reached.length}${complete ? '' : ' or more'} repositories`;
  if (allowed.length > 0) return ok(check, `${of}: ${some(allowed.map(({ name }) => name))}`);
  const others = reached.length === 0 ? '' : ` The App reaches ${some(reached.map(({ name }) => name))}.`;
  return warn(
    check,
    'it matches no repository that the App is installed on',
    `Correct \`allow\` in the operator file, or install the App on more.${others}`,
  );
};

const ours = ['tidegate/plan', 'tidegate/apply'];

/** What a branch requires of us, and whether somebody else could report it. */
export const checkRequired = (
  repository: string,
  appId: number,
  required: readonly RequiredCheck[] | Unanswered,
): Finding => {
  const check = 'required checks';
  if ('message' in required)
    return warn(
      check,
      `\`${repository}\`: its branch rules cannot be read (${said(required)})`,
      'Look by hand whether `tidegate/apply` is required and pinned to the App.',
    );
  const mine = required.filter(({ name }) => ours.includes(name));
  if (mine.length === 0)
    return warn(
      check,
      `\`${repository}\` requires neither ${some(ours).replace(', ', ' nor ')}`,
      'Require them in the rules of its default branch, pinned to the App: nothing else keeps what is not planned from being merged.',
    );
  const strange = mine.filter((one) => one.appId !== null && one.appId !== appId);
  if (strange.length > 0)
    return fail(
      check,
      `\`${repository}\` wants ${some(strange.map(({ name }) => name))} of App ${strange[0]?.appId}, and this is ${appId}`,
      'Pin the check to this App: as it is, it can never be fulfilled.',
    );
  // Two rules for one check both count, so one that is pinned is enough.
  const pinned = new Set(mine.filter((one) => one.appId === appId).map(({ name }) => name));
  const loose = [...new Set(mine.map(({ name }) => name))].filter((name) => !pinned.has(name));
  return loose.length > 0
    ? warn(
        check,
        `\`${repository}\` takes ${some(loose)} from anybody`,
        'Pin it to the App in the branch rules: whoever may write can report a check of any name.',
      )
    : ok(check, `\`${repository}\`: ${some([...pinned])}`);
};
