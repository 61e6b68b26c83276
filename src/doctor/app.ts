import {
  type AppDesk,
  type Installation,
  type InstalledRepository,
  NotAnswered,
  type Registration,
} from '../forge/app/port.ts';
import {
  checkAllowed,
  checkAutomerge,
  checkClock,
  checkCredentials,
  checkEvents,
  checkInstallations,
  checkLogin,
  checkPermissions,
  checkRequired,
  type Manifest,
  type Unanswered,
  unreadable,
} from './app-checks.ts';
import { type Finding, skip, some } from './finding.ts';
import { checkDeliveries, checkHook } from './hook-checks.ts';

export interface AppCheckOptions {
  readonly desk: AppDesk;
  readonly appId: number;
  readonly apiUrl: string;
  readonly publicUrl: string | null;
  readonly loginClientId: string | null;
  readonly webhookPath: string;
  readonly manifest: Manifest;
  readonly allows: (repository: string) => boolean;
  /** Does a rule of the operator file ask for pull requests to be merged by themselves? */
  readonly merges: boolean;
}

/** Each costs requests of the installation's own hour; what an operator gets wrong shows in the first few. */
const mostInstallations = 20;
const mostRepositories = 20;

const unanswered = (error: unknown): Unanswered & { readonly clockAheadMs: number | null } => {
  if (error instanceof NotAnswered) return error;
  throw error;
};

const repositoriesOf = async (
  desk: AppDesk,
  installations: readonly Installation[],
): Promise<{
  readonly reached: readonly InstalledRepository[];
  readonly complete: boolean;
  readonly findings: readonly Finding[];
}> => {
  const working = installations.filter(({ suspended }) => !suspended);
  const reached: InstalledRepository[] = [];
  const findings: Finding[] = [];
  let complete = working.length <= mostInstallations;
  for (const { id, account } of working.slice(0, mostInstallations)) {
    try {
      const found = await desk.repositories(id);
      reached.push(...found.repositories);
      complete &&= found.complete;
    } catch (error) {
      complete = false;
      const why = unanswered(error);
      findings.push(unreadable(`repositories of ${account}`, why));
    }
  }
  return { reached, complete, findings };
};

const checkBranches = async (
  { desk, appId }: AppCheckOptions,
  repositories: readonly InstalledRepository[],
): Promise<readonly Finding[]> => {
  const looked = repositories.slice(0, mostRepositories);
  const findings = await Promise.all(
    looked.map(async (repository) =>
      checkRequired(repository.name, appId, await desk.requiredChecks(repository).catch(unanswered)),
    ),
  );
  const left = repositories.slice(mostRepositories);
  if (left.length === 0) return findings;
  return [
    ...findings,
    skip(
      'required checks',
      `not looked at in ${some(
        left.map(({ name }) => name),
        3,
      )}`,
    ),
  ];
};

const checkReach = async (
  options: AppCheckOptions,
  registration: Registration,
): Promise<readonly Finding[]> => {
  const { desk, manifest, allows } = options;
  const [hook, attempts, installations] = await Promise.all([
    desk.hook().catch(unanswered),
    desk.attempts().catch(unanswered),
    desk.installations().catch(unanswered),
  ]);
  const findings = [
    checkPermissions(manifest, registration, options.merges),
    checkEvents(manifest, registration),
    checkLogin(options, registration),
  ];
  const known = 'message' in attempts ? [] : attempts;
  findings.push(...('message' in hook ? [unreadable('webhook', hook)] : checkHook(hook, options, known)));
  findings.push('message' in attempts ? unreadable('deliveries', attempts) : checkDeliveries(attempts));
  if ('message' in installations) return [...findings, unreadable('installation', installations)];
  findings.push(
    ...checkInstallations(manifest, installations),
    ...checkAutomerge(options.merges, registration, installations),
  );
  const { reached, complete, findings: untold } = await repositoriesOf(desk, installations);
  const allowed = reached.filter(({ name }) => allows(name));
  if (installations.some(({ suspended }) => !suspended))
    findings.push(...untold, checkAllowed(reached, allowed, complete));
  return [...findings, ...(await checkBranches(options, allowed))];
};

/** Everything that only GitHub can tell. Where it does not answer at all, one line says so and one what was not looked at. */
export const checkApp = async (options: AppCheckOptions): Promise<readonly Finding[]> => {
  const { desk, apiUrl, appId } = options;
  const registration = await desk.registration().catch(unanswered);
  const findings = [checkCredentials(apiUrl, appId, registration), checkClock(registration.clockAheadMs)];
  if ('message' in registration)
    return [
      ...findings,
      skip('app', 'permissions, events, webhook, installations and branch rules: GitHub has to answer first'),
    ];
  return [...findings, ...(await checkReach(options, registration))];
};
